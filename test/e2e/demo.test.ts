/** The first thing a newcomer runs, as a newcomer runs it. */

import { rmSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { stackDir } from '../../infra/local/layout.ts';
import { stackDown } from '../../infra/stack.ts';
import { impactCommand } from '../support/command.ts';
import { ownStack } from '../support/stack.ts';

const LIMIT_MS = 180_000;

const name = ownStack('demo');

afterAll(async () => {
  await stackDown({ name, wipe: true });
  rmSync(`${stackDir(name)}-logs`, { recursive: true, force: true });
});

it('shows ROI, alerts that fire and resolve, and books that agree, within three minutes', { timeout: LIMIT_MS + 60_000 }, async () => {
  const started = performance.now();
  const { status, out, err } = await impactCommand(['demo', '--once', '--name', name], {});
  const took = performance.now() - started;
  expect({ status, out, err }).toMatchObject({ status: 0 });
  expect(out).toMatch(/▲ .*critical opened +Error rate of platform: \d/);
  expect(out).toMatch(/● .*resolved +WebSocket latency of platform/);
  expect(out).toMatch(/lead answers +property +churn +coaching +value +cost +ROI/);
  expect(out).toMatch(/total .*\$265K–440K/);
  expect(out).toMatch(/✓ stored as sent: 1[23]\d,\d{3} events/);
  expect(out).toMatch(/docs +http:\/\/127\.0\.0\.1:\d+\/docs/);
  // Without a terminal there is neither colour nor cursor movement.
  expect(out + err).not.toContain('\u001b');
  expect(took).toBeLessThan(LIMIT_MS);
});
