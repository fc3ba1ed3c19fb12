import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('says which programs are missing before it spends minutes on packages, where it cannot install them', () => {
  const checkout = mkdtempSync(join(tmpdir(), 'impact-bootstrap-'));
  try {
    cpSync(join(import.meta.dirname, '..', '..', 'infra', 'local'), join(checkout, 'infra', 'local'), { recursive: true });
    const script = join(checkout, 'infra', 'local', 'bootstrap.mjs');
    // Neither apt-get nor npm is on this path.
    const { status, stderr } = spawnSync(process.execPath, [script], { env: { PATH: checkout, IMPACT_STACK: 'local' }, encoding: 'utf8' });
    expect(stderr).toMatch(/^\[setup\] please install default-jre-headless, maven, .*package manager, or start a container engine\n$/);
    expect(status).toBe(1);
  } finally {
    rmSync(checkout, { recursive: true });
  }
});
