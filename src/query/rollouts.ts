/** Rollout plans in Postgres: where each is, and the audit of its steps. A state is never written without its step, nor over a version that was not seen. */
import type { RolloutStage } from '../domain/flags/stage.ts';
import type { RolloutEvidence } from '../domain/rollout/evidence.ts';
import type { Gate } from '../domain/rollout/gates.ts';
import type { Move } from '../domain/rollout/move.ts';
import type { RecordedStep, ToldStep } from '../domain/rollout/step.ts';
import type { RolloutPlan, RolloutState, RolloutStatus, StepKind } from '../domain/rollout.ts';

/** What answers statements; the Postgres adapter does. */
export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

/** The gates before the next stage as they were found. `at` in milliseconds since 1970. */
export type Evaluation = { gates: readonly Gate[]; says: string; evidence: RolloutEvidence; at: number };

export type Rollout = {
  flagId: string;
  version: number;
  run: number;
  plan: RolloutPlan;
  state: RolloutState;
  evaluation: Evaluation | null;
  createdAt: Date;
  updatedAt: Date;
};

type Row = {
  flag_id: string;
  version: number;
  run: number;
  plan: RolloutPlan;
  state: RolloutState;
  evaluation: Omit<Evaluation, 'at'> | null;
  evaluated_at: Date | null;
  created_at: Date;
  updated_at: Date;
};

const columns = 'flag_id, version, run, plan, state, evaluation, evaluated_at, created_at, updated_at';

const rolloutOf = (row: Row): Rollout => ({
  flagId: row.flag_id,
  version: row.version,
  run: row.run,
  plan: row.plan,
  state: row.state,
  evaluation: row.evaluation && { ...row.evaluation, at: row.evaluated_at?.getTime() ?? 0 },
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Every rollout, or those of these statuses, by flag. */
export async function listRollouts(database: Database, wanted?: readonly RolloutStatus[]): Promise<Rollout[]> {
  const sql = `SELECT ${columns} FROM rollouts WHERE $1::text[] IS NULL OR status = ANY($1) ORDER BY flag_id`;
  return (await database.query<Row>(sql, [wanted ?? null])).map(rolloutOf);
}

/** Those with something to watch, or with a change of their flag that is not known to be in force. */
export async function openRollouts(database: Database): Promise<Rollout[]> {
  const sql = `SELECT ${columns} FROM rollouts
WHERE status IN ('running', 'waiting_for_approval', 'paused') OR state->'pending' != 'null'::jsonb ORDER BY flag_id`;
  return (await database.query<Row>(sql)).map(rolloutOf);
}

export async function findRollout(database: Database, flagId: string): Promise<Rollout | null> {
  const [row] = await database.query<Row>(`SELECT ${columns} FROM rollouts WHERE flag_id = $1`, [flagId]);
  return row ? rolloutOf(row) : null;
}

/** State and step in one statement. `seen` is the version that the move is based on: of two that see the same one, the second does nothing. */
const stepSql = `
WITH written AS (
  INSERT INTO rollouts (flag_id, version, run, status, plan, state) SELECT $1, 1, 1, $4, $2::jsonb, $3::jsonb WHERE $5 = 0
  ON CONFLICT (flag_id) DO NOTHING RETURNING ${columns}
), changed AS (
  UPDATE rollouts SET version = version + 1, run = run + $6, status = $4, plan = $2::jsonb, state = $3::jsonb, updated_at = now(),
    evaluation = CASE WHEN $6 = 1 OR $14 = 'pending' THEN NULL ELSE evaluation END
  WHERE flag_id = $1 AND version = $5 RETURNING ${columns}
), present AS (SELECT * FROM written UNION ALL SELECT * FROM changed),
audited AS (
  INSERT INTO rollout_steps (flag_id, run, version, kind, from_stage, to_stage, made_by, reason, gates, evidence, outcome, flag_version, made_at, told_at)
  SELECT $1, run, version, $7, $8, $9, $10, $11, $12::jsonb, $13::jsonb, $14, $15, $16, CASE WHEN $14 = 'pending' THEN $16::timestamptz END FROM present
)
SELECT ${columns} FROM present`;

/** Who makes a step, when, and on what evidence. `at` in milliseconds since 1970. */
export type Maker = { by: string; at: number; evidence: RolloutEvidence | null };
export type Seen = { flagId: string; version: number; plan: RolloutPlan };

/**
 * Makes a step. What was seen is version 0 where there is no rollout yet; `again` begins another run.
 * @returns the rollout after it, or null when somebody was quicker
 */
export async function recordStep(database: Database, seen: Seen, move: Move, maker: Maker, again = false): Promise<Rollout | null> {
  const { state, kind, from, to, reason, gates } = move;
  const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  const [row] = await database.query<Row>(stepSql, [
    ...[seen.flagId, text(seen.plan), text(state), state.status, seen.version, again ? 1 : 0],
    ...[kind, from, to, maker.by, reason, text(gates), text(maker.evidence)],
    ...[state.pending === null ? 'done' : 'pending', state.flagVersion, new Date(maker.at)],
  ]);
  return row ? rolloutOf(row) : null;
}

const settleSql = `
WITH changed AS (
  UPDATE rollouts SET version = version + 1, status = $3, state = $2::jsonb, updated_at = now() WHERE flag_id = $1 AND version = $4 RETURNING ${columns}
), audited AS (
  UPDATE rollout_steps SET outcome = $5, flag_version = $6 WHERE flag_id = $1 AND version = $7 AND EXISTS (SELECT FROM changed)
)
SELECT ${columns} FROM changed`;

/** Writes what came of a pending change, into the state and into its step. @returns null when somebody was quicker */
export async function recordSettlement(database: Database, seen: Rollout, state: RolloutState, done: boolean): Promise<Rollout | null> {
  const { flagId, version } = seen;
  const params = [flagId, JSON.stringify(state), state.status, version, done ? 'done' : 'overtaken', state.flagVersion];
  const [row] = await database.query<Row>(settleSql, [...params, seen.state.pending?.step ?? 0]);
  return row ? rolloutOf(row) : null;
}

/** Notes what was found, unless the rollout has changed meanwhile. Nobody waits for it: the version stays. */
export async function recordEvaluation(database: Database, { flagId, version }: Rollout, { at, ...evaluation }: Evaluation): Promise<void> {
  const sql = 'UPDATE rollouts SET evaluation = $3::jsonb, evaluated_at = $4 WHERE flag_id = $1 AND version = $2';
  await database.query(sql, [flagId, version, JSON.stringify(evaluation), new Date(at)]);
}

type StepRow = {
  flag_id: string;
  id: string;
  run: number;
  version: number;
  kind: StepKind;
  from_stage: RolloutStage;
  to_stage: RolloutStage;
  made_by: string;
  reason: string;
  gates: Gate[];
  evidence: RolloutEvidence | null;
  outcome: RecordedStep['outcome'];
  flag_version: number;
  made_at: Date;
};
const stepColumns =
  'flag_id, id, run, version, kind, from_stage, to_stage, made_by, reason, gates, evidence, outcome, flag_version, made_at';

const stepOf = (row: StepRow): RecordedStep & { flagId: string } => ({
  flagId: row.flag_id,
  id: row.id,
  run: row.run,
  version: row.version,
  kind: row.kind,
  from: row.from_stage,
  to: row.to_stage,
  by: row.made_by,
  reason: row.reason,
  gates: row.gates,
  evidence: row.evidence,
  outcome: row.outcome,
  flagVersion: row.flag_version,
  madeAt: row.made_at.getTime(),
});

/** Every step of a flag's rollouts, the last one first. */
export async function rolloutHistory(database: Database, flagId: string): Promise<RecordedStep[]> {
  const rows = await database.query<StepRow>(`SELECT ${stepColumns} FROM rollout_steps WHERE flag_id = $1 ORDER BY version DESC`, [flagId]);
  return rows.map(stepOf);
}

/** The step that made this version; null where none did. */
export async function findStep(database: Database, flagId: string, version: number): Promise<RecordedStep | null> {
  const sql = `SELECT ${stepColumns} FROM rollout_steps WHERE flag_id = $1 AND version = $2`;
  const [row] = await database.query<StepRow>(sql, [flagId, version]);
  return row ? stepOf(row) : null;
}

/** Steps that the topic has not acknowledged, the oldest first. */
export async function untoldSteps(database: Database, limit: number): Promise<ToldStep[]> {
  const sql = `SELECT ${stepColumns}, (SELECT plan->>'featureId' FROM rollouts WHERE rollouts.flag_id = rollout_steps.flag_id) AS feature_id
FROM rollout_steps WHERE told_at IS NULL ORDER BY sequence LIMIT $1`;
  const rows = await database.query<StepRow & { feature_id: string | null }>(sql, [limit]);
  return rows.map((row) => ({ ...stepOf(row), featureId: row.feature_id ?? '' }));
}

export async function markStepsTold(database: Database, ids: readonly string[]): Promise<void> {
  await database.query('UPDATE rollout_steps SET told_at = now() WHERE id = ANY($1::uuid[])', [ids]);
}

/** One teller at a time, so that steps are told in their order; nobody queues for it. */
export async function becomeStepTeller(database: Database): Promise<boolean> {
  const sql = "SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '.rollout_steps')) AS mine";
  return (await database.query<{ mine: boolean }>(sql))[0]?.mine === true;
}
