/** The SQL of the product's first documents, as printed, on a migrated database. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgres, migratePostgres } from '../../src/adapters/postgres.ts';
import { databaseName } from '../../src/domain/names.ts';
import { testConfig } from '../support/config.ts';
import { dump, manualCosts, manualLeadMetrics, recentAlerts, recentData, restore, selectOne, tables, views } from './statements.ts';

const config = testConfig();
const schema = databaseName(config.namespace, 'impact');
const postgres = createPostgres(config);
const folder = mkdtempSync(join(tmpdir(), 'impact-seeds-'));

/** Debian keeps programs of a version beside the server's. */
function programs(): string {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort() : [];
  return versions.map((version) => join(base, version, 'bin')).join(':');
}

/** Runs a command as a person would type it. */
async function shell(command: string): Promise<string> {
  const url = new URL(config.databaseUrl);
  url.searchParams.set('options', `-csearch_path=${schema}`);
  const env = { ...process.env, PATH: `${process.env['PATH']}:${programs()}`, DATABASE_URL: url.href };
  return (await promisify(execFile)('bash', ['-ec', command], { cwd: folder, env })).stdout;
}

beforeAll(async () => {
  mkdirSync(join(folder, 'backups'));
  await migratePostgres(postgres, config);
});
afterAll(async () => {
  await postgres.query(`DROP SCHEMA ${schema} CASCADE`);
  await postgres.close();
  rmSync(folder, { recursive: true });
});

describe('the SQL of the first documents', () => {
  it('finds every table and view under its name', async () => {
    for (const name of [...tables, ...views]) expect(await postgres.query(`SELECT * FROM ${name} LIMIT 1`), name).toBeInstanceOf(Array);
  });

  it('records metrics and costs by hand, marked as manual', async () => {
    await postgres.query(manualLeadMetrics);
    await postgres.query(manualCosts);
    expect(await postgres.query('SELECT leads_processed, estimated_revenue_impact, provenance FROM lead_intelligence_metrics')).toEqual([
      { leads_processed: 45, estimated_revenue_impact: '125.000000', provenance: 'manual' },
    ]);
    expect(await postgres.query('SELECT amount, feature_id, provenance FROM operating_costs_daily')).toEqual([
      { amount: '24.500000', feature_id: 'platform', provenance: 'manual' },
    ]);
  });

  it('shows what was recorded in the views at once', async () => {
    const [day] = await postgres.query('SELECT date, total_revenue_impact, total_operating_costs, roi_percentage FROM daily_roi_summary');
    expect(day).toEqual({
      date: '2026-01-11',
      total_revenue_impact: '125.000000',
      total_operating_costs: '24.500000',
      roi_percentage: '410.2041',
    });
    expect(await postgres.query('SELECT feature_id, usage_count, manual_revenue_impact FROM feature_performance_summary')).toEqual([
      { feature_id: 'realtime_intelligence', usage_count: '45', manual_revenue_impact: '125.000000' },
    ]);
  });

  it('checks recent data and alerts', async () => {
    await postgres.query(
      `INSERT INTO business_metrics_daily (date, total_revenue_impact, total_operating_costs) VALUES (CURRENT_DATE, 810, 100), (CURRENT_DATE - 30, 1, 1)`,
    );
    await postgres.query(
      `INSERT INTO business_impact_alerts (alert_type, severity) VALUES ('roi_below_target', 'warning'), ('roi_below_target', 'critical')`,
    );
    const [row, ...others] = await postgres.query<{ date: string; net_roi_percentage: string }>(recentData);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ total_revenue_impact: '810.000000', net_roi_percentage: '710.0000' });
    expect(await postgres.query(recentAlerts)).toEqual([{ alert_type: 'roi_below_target', count: 2 }]);
  });

  it('judges the last day by the limits, and says unknown of what nobody measured', async () => {
    const [health] = await postgres.query(
      'SELECT performance_health, roi_health, adoption_health, overall_health FROM business_impact_health',
    );
    expect(health).toEqual({
      performance_health: 'unknown',
      roi_health: 'excellent',
      adoption_health: 'unknown',
      overall_health: 'excellent',
    });
    await postgres.query(
      'UPDATE business_metrics_daily SET websocket_latency_ms = 101, feature_adoption_percentage = 39 WHERE date = CURRENT_DATE',
    );
    const [worse] = await postgres.query('SELECT performance_health, adoption_health, overall_health FROM business_impact_health');
    expect(worse).toEqual({ performance_health: 'warning', adoption_health: 'critical', overall_health: 'critical' });
  });

  it('is dumped and restored with the commands as printed', async () => {
    expect(await shell(selectOne)).toContain('1 row');
    await shell(dump);
    const [made] = readdirSync(join(folder, 'backups'));
    expect(made).toMatch(/^metrics_\d{8}\.sql$/);
    cpSync(join(folder, 'backups', String(made)), join(folder, 'backups/metrics_20260111.sql'));
    const before = await postgres.query('SELECT * FROM business_metrics_daily ORDER BY date');
    await postgres.query('DROP TABLE business_metrics_daily CASCADE');
    await shell(restore);
    expect(await postgres.query('SELECT * FROM business_metrics_daily ORDER BY date')).toEqual(before);
  });
});
