/** Alert rules in Postgres. Each change is one statement that also writes its audit row, so there is never one without the other. */
import { ImpactError } from '../domain/errors.ts';
import { parseRule, type Rule, type RuleDocument, ruleDocument } from '../domain/rule.ts';

/** What answers statements; the Postgres adapter does. */
export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

/** Who changes a rule and why, for the audit. */
export type Change = { by: string; reason: string };

export type StoredRule = { rule: Rule; updatedBy: string; updatedAt: Date };
export type RuleVersion = { version: number; definition: RuleDocument | null; changedBy: string; changedAt: Date; reason: string };

type RuleRow = { version: number; definition: RuleDocument; updated_by: string; updated_at: Date };
type VersionRow = { version: number; definition: RuleDocument | null; changed_by: string; changed_at: Date; reason: string };

function stored({ version, definition, updated_by, updated_at }: RuleRow): StoredRule {
  const parsed = parseRule(definition);
  if (!parsed.ok) throw new ImpactError('internal', `rule ${definition.id} in the database is not valid`, { problems: parsed.problems });
  return { rule: { ...parsed.rule, version }, updatedBy: updated_by, updatedAt: updated_at };
}

const columns = 'version, definition, updated_by, updated_at';

/** Every rule, enabled or not, by id. */
export async function listRules(database: Database): Promise<StoredRule[]> {
  return (await database.query<RuleRow>(`SELECT ${columns} FROM rules ORDER BY id`)).map(stored);
}

/** One rule; null when there is none. */
export async function getRule(database: Database, id: string): Promise<StoredRule | null> {
  const [row] = await database.query<RuleRow>(`SELECT ${columns} FROM rules WHERE id = $1`, [id]);
  return row ? stored(row) : null;
}

/** Every version of a rule that there ever was, youngest first. */
export async function ruleHistory(database: Database, id: string): Promise<RuleVersion[]> {
  const rows = await database.query<VersionRow>(
    'SELECT version, definition, changed_by, changed_at, reason FROM rule_versions WHERE rule_id = $1 ORDER BY version DESC',
    [id],
  );
  return rows.map(({ changed_by, changed_at, ...rest }) => ({ ...rest, changedBy: changed_by, changedAt: changed_at }));
}

const audit = `INSERT INTO rule_versions (rule_id, version, definition, changed_by, reason)`;

const createSql = `
WITH next AS (SELECT coalesce(max(version), 0) + 1 AS version FROM rule_versions WHERE rule_id = $1),
written AS (
  INSERT INTO rules (id, version, definition, enabled, updated_by) SELECT $1, version, $2::jsonb, $3, $4 FROM next
  ON CONFLICT (id) DO NOTHING RETURNING ${columns}
), audited AS (${audit} SELECT $1, version, $2::jsonb, $4, $5 FROM written)
SELECT ${columns} FROM written`;

const updateSql = `
WITH written AS (
  UPDATE rules SET version = version + 1, definition = $2::jsonb, enabled = $3, updated_by = $4, updated_at = now()
  WHERE id = $1 AND version = $6 RETURNING ${columns}
), audited AS (${audit} SELECT $1, version, $2::jsonb, $4, $5 FROM written)
SELECT ${columns} FROM written`;

const deleteSql = `
WITH gone AS (DELETE FROM rules WHERE id = $1 AND version = $4 RETURNING version),
audited AS (${audit} SELECT $1, version + 1, NULL, $2, $3 FROM gone)
SELECT version FROM gone`;

const values = (rule: Rule, { by, reason }: Change): unknown[] => [rule.id, JSON.stringify(ruleDocument(rule)), rule.enabled, by, reason];

async function missedVersion(database: Database, id: string, expected: number): Promise<never> {
  const current = await getRule(database, id);
  if (!current) throw new ImpactError('not_found', `there is no rule ${id}`);
  throw new ImpactError('precondition_failed', `rule ${id} is at version ${current.rule.version}, not at ${expected}`);
}

/** Stores a new rule. @throws ImpactError `conflict` when the id is taken */
export async function createRule(database: Database, rule: Rule, change: Change): Promise<StoredRule> {
  const [row] = await database.query<RuleRow>(createSql, values(rule, change));
  if (!row) throw new ImpactError('conflict', `there is already a rule ${rule.id}`);
  return stored(row);
}

/** Changes a rule. @throws ImpactError `not_found`, or `precondition_failed` when its version is not `expectedVersion` */
export async function updateRule(database: Database, rule: Rule, expectedVersion: number, change: Change): Promise<StoredRule> {
  const [row] = await database.query<RuleRow>(updateSql, [...values(rule, change), expectedVersion]);
  return row ? stored(row) : missedVersion(database, rule.id, expectedVersion);
}

/** Deletes a rule; its history stays. @throws ImpactError `not_found`, or `precondition_failed` when its version is not `expectedVersion` */
export async function deleteRule(database: Database, id: string, expectedVersion: number, { by, reason }: Change): Promise<void> {
  const rows = await database.query(deleteSql, [id, by, reason, expectedVersion]);
  if (rows.length === 0) await missedVersion(database, id, expectedVersion);
}

/**
 * Stores those default rules whose id was never used here: one that an operator has changed or deleted stays as the operator left it.
 * @returns the ids that were added
 */
export async function seedRules(database: Database, rules: readonly Rule[]): Promise<string[]> {
  const used = await database.query<{ rule_id: string }>('SELECT DISTINCT rule_id FROM rule_versions');
  const known = new Set(used.map(({ rule_id }) => rule_id));
  const added: string[] = [];
  for (const rule of rules.filter(({ id }) => !known.has(id))) {
    const [row] = await database.query(createSql, values(rule, { by: 'impactstream', reason: 'default rule' }));
    if (row) added.push(rule.id);
  }
  return added;
}

const same = (a: Rule, b: Rule): boolean => JSON.stringify(ruleDocument(a)) === JSON.stringify(ruleDocument(b));

/**
 * Brings the rules of a file into the database: new ones are created, changed ones updated, equal ones and others left alone.
 * @returns what happened to each rule of the file
 */
export async function importRules(
  database: Database,
  rules: readonly Rule[],
  change: Change,
): Promise<Record<string, 'created' | 'updated' | 'unchanged'>> {
  const outcome: Record<string, 'created' | 'updated' | 'unchanged'> = {};
  for (const rule of rules) {
    const current = await getRule(database, rule.id);
    if (current && same(current.rule, rule)) outcome[rule.id] = 'unchanged';
    else if (current) outcome[rule.id] = (await updateRule(database, rule, current.rule.version, change)) && 'updated';
    else outcome[rule.id] = (await createRule(database, rule, change)) && 'created';
  }
  return outcome;
}
