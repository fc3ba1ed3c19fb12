/** A Postgres schema as text that can be compared: tables with columns, constraints and indexes, and views. */
import type { Postgres } from '../../src/adapters/postgres.ts';

type Line = { name: string; line: string };

const tables = `
SELECT c.relname AS name, format('  %I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
    CASE WHEN a.attidentity <> '' THEN ' IDENTITY' WHEN a.attgenerated <> '' THEN ' GENERATED ' || pg_get_expr(d.adbin, d.adrelid)
      WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END,
    coalesce(' -- ' || col_description(c.oid, a.attnum), '')) AS line
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
ORDER BY c.relname, a.attnum`;

const constraints = `
SELECT c.relname AS name, format('  CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)) AS line
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = current_schema()::regnamespace ORDER BY c.relname, k.conname`;

const indexes = `
SELECT tablename AS name, '  ' || indexdef AS line FROM pg_indexes WHERE schemaname = current_schema() ORDER BY tablename, indexname`;

const views = `
SELECT c.relname AS name, pg_get_viewdef(c.oid, true) AS line FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'v' ORDER BY c.relname`;

const routines = `
SELECT p.proname AS name, pg_get_functiondef(p.oid) AS line FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace ORDER BY p.proname`;

const triggers = `
SELECT c.relname AS name, '  ' || pg_get_triggerdef(t.oid) AS line FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal ORDER BY c.relname, t.tgname`;

/** @param schema its name, which is left out of the text: every installation may have its own */
export async function schemaText(postgres: Pick<Postgres, 'query'>, schema: string): Promise<string> {
  const ask = (text: string): Promise<Line[]> => postgres.query<Line>(text);
  const parts = await Promise.all([tables, constraints, indexes, triggers].map(ask));
  const [viewLines, routineLines] = await Promise.all([ask(views), ask(routines)]);
  const byTable = Map.groupBy(parts.flat(), ({ name }) => name);
  const names = [...byTable.keys()].sort();
  const blocks = names.map((name) => `TABLE ${name}\n${(byTable.get(name) ?? []).map(({ line }) => line).join('\n')}`);
  const rest = [...viewLines.map(({ name, line }) => `VIEW ${name}\n${line}`), ...routineLines.map(({ line }) => line)];
  return `${[...blocks, ...rest].join('\n\n').replaceAll(`${schema}.`, '')}\n`;
}
