/** An installation on a stack of its own, for tests that disturb it: its environment, a rule to break, and an eye on its readiness. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackEndpoints } from '../../infra/stack.ts';
import { testEnv } from './config.ts';
import type { ImpactProcess, Readiness } from './impact-process.ts';

/** For requests of which none fails ordinarily. */
const rules = `rules:
  - { id: breach, title: Breach, metric: request_error, statistic: percent, window: 10s, comparison: above, critical: 5, minSample: 10 }
`;

/** The windows that the rule looks at, and longer ones beside them. */
export const WINDOW_MS = 10_000;
export const breachSpecs = [
  { sizeMs: WINDOW_MS, hopMs: WINDOW_MS },
  { sizeMs: 60_000, hopMs: 60_000 },
];

/** The environment that points at a stack's components, and a file with the rule that breaches break. */
export function environmentOf(
  endpoints: StackEndpoints,
  overrides: Record<string, string>,
): { env: Record<string, string>; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'impact-'));
  const rulesFile = join(folder, 'rules.yaml');
  writeFileSync(rulesFile, rules);
  const env = testEnv({
    KAFKA_BROKERS: endpoints.kafka,
    SCHEMA_REGISTRY_URL: endpoints.registry,
    CLICKHOUSE_URL: endpoints.clickhouse,
    DATABASE_URL: endpoints.postgres,
    REDIS_URL: endpoints.redis,
    RULES_FILE: rulesFile,
    WINDOW_SIZES: '10s,1m',
    ROI_WINDOW_SIZES: '1m',
    ...overrides,
  });
  return { env, remove: () => rmSync(folder, { recursive: true }) };
}

export type Sample = { at: number; ready: boolean; reasons: string[] };

/** Asks for readiness twice a second, all the time. `latest` is null before the first answer. */
export function watchReadiness(impact: ImpactProcess): { samples: Sample[]; stop(): Promise<void> } {
  const samples: Sample[] = [];
  let stopping = false;
  const reasonsOf = ({ stages }: Readiness): string[] =>
    stages.flatMap(({ name, ready, reasons }) => (ready ? [] : reasons.map((reason) => `${name}: ${reason}`)));
  const watching = (async () => {
    while (!stopping) {
      const at = performance.now();
      const answer = await impact.readiness().catch((error: Error) => error);
      samples.push(
        answer instanceof Error
          ? { at, ready: false, reasons: [`no answer: ${answer.message}`] }
          : { at, ready: answer.ready, reasons: reasonsOf(answer) },
      );
      await sleep(500);
    }
  })();
  return {
    samples,
    stop() {
      stopping = true;
      return watching;
    },
  };
}
