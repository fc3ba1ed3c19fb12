/** The record of deploys. */
import type { Deployment, DeployState } from '../domain/deploy.ts';

export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

/** One deploy at a time: the lock is held as long as the session lives. */
export async function claimDeploys(session: Database, environment: string): Promise<boolean> {
  const [row] = await session.query<{ claimed: boolean }>(
    `SELECT pg_try_advisory_lock(hashtext(current_schema() || '.deploy.' || $1)) AS claimed`,
    [environment],
  );
  return row?.claimed ?? false;
}

export async function beginDeployment(database: Database, { id, environment, version, previous, startedBy }: Deployment): Promise<void> {
  await database.query(
    `INSERT INTO deployments (id, environment, version, previous, state, started_by) VALUES ($1, $2, $3, $4, 'running', $5)`,
    [id, environment, version, previous, startedBy],
  );
}

export async function endDeployment(database: Database, { id }: Deployment, state: DeployState, reason: string): Promise<void> {
  await database.query('UPDATE deployments SET state = $2, reason = $3, finished_at = now() WHERE id = $1', [id, state, reason]);
}

export type DeploymentRow = {
  started_at: Date;
  environment: string;
  version: string;
  previous: string | null;
  state: DeployState;
  reason: string;
  started_by: string;
  finished_at: Date | null;
};

/** The newest first. */
export const listDeployments = (database: Database): Promise<DeploymentRow[]> =>
  database.query(
    'SELECT started_at, environment, version, previous, state, reason, started_by, finished_at FROM deployments ORDER BY started_at DESC LIMIT 50',
  );
