/**
 * How each stage does, seen from outside: stages that read topics by the samples of their lag, stages of which one process works by the lock
 * that it holds in Postgres.
 */

import { whole } from '../domain/decision/words.ts';
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

const lockOf = (namespace: string, stage: string): string => topicName(namespace, `impact-${stage}`);

/**
 * Takes the locks of all stages of which one process works: while the session lives, none of them does.
 * @returns the stages that have theirs, and so run; empty: all were taken
 */
export async function claimLed(session: Database, namespace: string): Promise<string[]> {
  const sql = 'SELECT stage FROM unnest($1::text[], $2::text[]) AS wanted (stage, lock) WHERE NOT pg_try_advisory_lock(hashtext(lock))';
  return (await session.query<{ stage: string }>(sql, [led, led.map((stage) => lockOf(namespace, stage))])).map(({ stage }) => stage);
}

async function leaders({ postgres, config }: Deps, stages: readonly string[]): Promise<StageHealthRow[]> {
  const asked = led.filter((stage) => stages.includes(stage));
  const names = asked.map((stage) => lockOf(config.namespace, stage));
  const held = new Set((await postgres.query<{ name: string }>(heldSql, [names])).map(({ name }) => name));
  return asked.map((stage) => {
    const ready = held.has(lockOf(config.namespace, stage));
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
