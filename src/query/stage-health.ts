/**
 * How each stage does, seen from outside: stages that read topics by the samples of their lag, stages of which one process works by the lock
 * that it holds in Postgres.
 */

import { whole } from '../domain/decision-words.ts';
import { topicName } from '../domain/names.ts';
import { lagFigures } from './monitor.ts';
import type { Database } from './outbox.ts';
import { ask, type Rows } from './statement.ts';

/** `ready` null: nothing is known. */
export type StageHealthRow = { stage: string; ready: boolean | null; seen: string };

type Deps = { clickhouse: Rows; postgres: Database; config: { namespace: string } };

/** Stages of which one process works and the others stand by. */
const led = ['signals', 'rollout', 'roi', 'schedule'];

/** A lock of one number stands in pg_locks as the two halves of it. */
const heldSql = `
SELECT name FROM unnest($1::text[]) AS wanted (name)
WHERE EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((classid::bigint << 32) | objid::bigint) = hashtext(wanted.name)::bigint
)`;

async function leaders({ postgres, config }: Deps, names: readonly string[]): Promise<StageHealthRow[]> {
  const asked = led.filter((stage) => names.includes(stage));
  const lockOf = (stage: string): string => topicName(config.namespace, `impact-${stage}`);
  const held = new Set((await postgres.query<{ name: string }>(heldSql, [asked.map(lockOf)])).map(({ name }) => name));
  return asked.map((stage) => {
    const ready = held.has(lockOf(stage));
    return { stage, ready, seen: ready ? 'one process leads' : 'no process leads: it is not running, or has had nothing to do yet' };
  });
}

async function readers({ clickhouse }: Deps, now: number): Promise<StageHealthRow[]> {
  const lags = await ask(clickhouse, lagFigures(now));
  return lags.map(({ stage, lag, stuck }) => ({
    stage,
    ready: stuck === 0,
    seen: stuck > 0 ? `does not move, with ${whole(lag)} records waiting` : `moves, ${whole(lag)} records behind`,
  }));
}

/** @param now ms since 1970 */
export async function stageHealth(deps: Deps, names: readonly string[], now: number): Promise<StageHealthRow[]> {
  return (await Promise.all([leaders(deps, names), readers(deps, now)])).flat();
}
