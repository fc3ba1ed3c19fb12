/** Do the components that the API itself needs answer? Asked at most once a second, however many ask us. */
import { within } from '../query/patience.ts';
import type { StageHealth } from '../runtime/stage.ts';
import type { ApiDeps } from './deps.ts';

const FRESH_MS = 1000;
const PATIENCE_MS = 2000;

export type Probe = {
  /** Asks the components, or answers what they said within the last second. Never rejects. */
  check(): Promise<StageHealth>;
  /** What they said last, without asking; ready until they were asked for the first time. */
  last(): StageHealth;
};

/** A promise of nothing, or of the reason why the component is not usable. */
const reasonOf = (component: string, question: Promise<unknown>): Promise<string[]> =>
  within(question, PATIENCE_MS, () => new Error('late')).then(
    () => [],
    () => [`${component} does not answer`],
  );

/** A probe of ClickHouse and Postgres. */
export function createProbe({ clickhouse, postgres, now }: Pick<ApiDeps, 'clickhouse' | 'postgres' | 'now'>): Probe {
  let last: StageHealth = { ready: true, reasons: [] };
  let asked: { at: number; answer: Promise<StageHealth> } | undefined;
  async function ask(): Promise<StageHealth> {
    const reasons = await Promise.all([
      reasonOf('clickhouse', clickhouse.query('SELECT 1')),
      reasonOf('postgres', postgres.query('SELECT 1')),
    ]);
    last = { ready: reasons.flat().length === 0, reasons: reasons.flat() };
    return last;
  }
  return {
    check() {
      if (asked === undefined || now() - asked.at >= FRESH_MS) asked = { at: now(), answer: ask() };
      return asked.answer;
    },
    last: () => last,
  };
}
