/** Alert rules in Postgres. Each change is one statement that also writes its audit row, so there is never one without the other. */
import { ImpactError } from '../domain/errors.ts';
import { parseRule, type Rule, type RuleDocument, ruleDocument, ruleKey } from '../domain/rule.ts';

/** What answers statements; the Postgres adapter does. */
export type Database = { query<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]> };

/** Who changes a rule and why, for the audit. */
export type Change = { by: string; reason: string };

/** Ids are unique among the rules of a tenant, and among those of everyone (null). */
export type RuleName = Pick<Rule, 'id' | 'tenant'>;

export type StoredRule = { rule: Rule; updatedBy: string; updatedAt: Date };
export type RuleVersion = {
  tenant: string | null;
  version: number;
  definition: RuleDocument | null;
  changedBy: string;
  changedAt: Date;
  reason: string;
};

type RuleRow = { version: number; definition: RuleDocument; updated_by: string; updated_at: Date };
type VersionRow = {
  tenant: string;
  version: number;
  definition: RuleDocument | null;
  changed_by: string;
  changed_at: Date;
  reason: string;
};

function stored({ version, definition, updated_by, updated_at }: RuleRow): StoredRule {
  const parsed = parseRule(definition);
  if (!parsed.ok) throw new ImpactError('internal', `rule ${definition.id} in the database is not valid`, { problems: parsed.problems });
  return { rule: { ...parsed.rule, version }, updatedBy: updated_by, updatedAt: updated_at };
}

const columns = 'version, definition, updated_by, updated_at';
/** The column knows no null: the rules of everyone stand under ''. */
const nameOf = ({ id, tenant }: RuleName): [string, string] => [id, tenant ?? ''];
const named = 'id = $1 AND tenant = $2';

/** Every rule, enabled or not, by id. */
export async function listRules(database: Database): Promise<StoredRule[]> {
  return (await database.query<RuleRow>(`SELECT ${columns} FROM rules ORDER BY id, tenant`)).map(stored);
}

/** One rule; null when there is none. */
export async function getRule(database: Database, name: RuleName): Promise<StoredRule | null> {
  const [row] = await database.query<RuleRow>(`SELECT ${columns} FROM rules WHERE ${named}`, nameOf(name));
  return row ? stored(row) : null;
}

/** The rules of this id, of everyone and of any tenant. */
export async function rulesOfId(database: Database, id: string): Promise<StoredRule[]> {
  return (await database.query<RuleRow>(`SELECT ${columns} FROM rules WHERE id = $1 ORDER BY tenant`, [id])).map(stored);
}

/** Every version that there ever was of the rules of this id, of everyone and of any tenant, youngest first. */
export async function ruleHistory(database: Database, id: string): Promise<RuleVersion[]> {
  const rows = await database.query<VersionRow>(
    'SELECT tenant, version, definition, changed_by, changed_at, reason FROM rule_versions WHERE rule_id = $1 ORDER BY tenant, version DESC',
    [id],
  );
  return rows.map(({ tenant, changed_by, changed_at, ...rest }) => ({
    ...rest,
    tenant: tenant || null,
    changedBy: changed_by,
    changedAt: changed_at,
  }));
}

const audit = `INSERT INTO rule_versions (rule_id, tenant, version, definition, changed_by, reason)`;

const createSql = `
WITH next AS (SELECT coalesce(max(version), 0) + 1 AS version FROM rule_versions WHERE rule_id = $1 AND tenant = $2),
written AS (
  INSERT INTO rules (id, tenant, version, definition, enabled, updated_by) SELECT $1, $2, version, $3::jsonb, $4, $5 FROM next
  WHERE NOT EXISTS (SELECT FROM rules WHERE id = $1 AND tenant = '')
  ON CONFLICT (id, tenant) DO NOTHING RETURNING ${columns}
), audited AS (${audit} SELECT $1, $2, version, $3::jsonb, $5, $6 FROM written)
SELECT ${columns} FROM written`;

const updateSql = `
WITH written AS (
  UPDATE rules SET version = version + 1, definition = $3::jsonb, enabled = $4, updated_by = $5, updated_at = now()
  WHERE ${named} AND version = $7 RETURNING ${columns}
), audited AS (${audit} SELECT $1, $2, version, $3::jsonb, $5, $6 FROM written)
SELECT ${columns} FROM written`;

const deleteSql = `
WITH gone AS (DELETE FROM rules WHERE ${named} AND version = $5 RETURNING version),
audited AS (${audit} SELECT $1, $2, version + 1, NULL, $3, $4 FROM gone)
SELECT version FROM gone`;

const values = (rule: Rule, { by, reason }: Change): unknown[] => [
  ...nameOf(rule),
  JSON.stringify(ruleDocument(rule)),
  rule.enabled,
  by,
  reason,
];

async function missedVersion(database: Database, name: RuleName, expected: number): Promise<never> {
  const current = await getRule(database, name);
  if (!current) throw new ImpactError('not_found', `there is no rule ${name.id}`);
  throw new ImpactError('precondition_failed', `rule ${name.id} is at version ${current.rule.version}, not at ${expected}`);
}

/** Stores a new rule. @throws ImpactError `conflict` when the id is taken by its tenant or by everyone's rules, which every tenant sees */
export async function createRule(database: Database, rule: Rule, change: Change): Promise<StoredRule> {
  const [row] = await database.query<RuleRow>(createSql, values(rule, change));
  if (!row) throw new ImpactError('conflict', `there is already a rule ${rule.id}`);
  return stored(row);
}

/** Changes a rule. @throws ImpactError `not_found`, or `precondition_failed` when its version is not `expectedVersion` */
export async function updateRule(database: Database, rule: Rule, expectedVersion: number, change: Change): Promise<StoredRule> {
  const [row] = await database.query<RuleRow>(updateSql, [...values(rule, change), expectedVersion]);
  return row ? stored(row) : missedVersion(database, rule, expectedVersion);
}

/** Deletes a rule; its history stays. @throws ImpactError `not_found`, or `precondition_failed` when its version is not `expectedVersion` */
export async function deleteRule(database: Database, name: RuleName, expectedVersion: number, { by, reason }: Change): Promise<void> {
  const rows = await database.query(deleteSql, [...nameOf(name), by, reason, expectedVersion]);
  if (rows.length === 0) await missedVersion(database, name, expectedVersion);
}

/**
 * Stores those default rules whose id was never used here: one that an operator has changed or deleted stays as the operator left it.
 * @returns the ids that were added
 */
export async function seedRules(database: Database, rules: readonly Rule[]): Promise<string[]> {
  const used = await database.query<{ rule_id: string }>(`SELECT DISTINCT rule_id FROM rule_versions WHERE tenant = ''`);
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
 * @returns what happened to each rule of the file, by its key
 */
export async function importRules(
  database: Database,
  rules: readonly Rule[],
  change: Change,
): Promise<Record<string, 'created' | 'updated' | 'unchanged'>> {
  const outcome: Record<string, 'created' | 'updated' | 'unchanged'> = {};
  for (const rule of rules) {
    const [current, key] = [await getRule(database, rule), ruleKey(rule)];
    if (current && same(current.rule, rule)) outcome[key] = 'unchanged';
    else if (current) outcome[key] = (await updateRule(database, rule, current.rule.version, change)) && 'updated';
    else outcome[key] = (await createRule(database, rule, change)) && 'created';
  }
  return outcome;
}
