/** Spans around the statements of a database client, so that a slow request or flush says which statement it waited for. */
import { type Attributes, inSpan, type Tracer } from './tracer.ts';

export type DatabaseName = { system: 'clickhouse' | 'postgresql'; namespace: string };

/** Methods that run a statement: their first argument is its text, or the table of an insert. */
const runsStatement = /^(query|command|insert)/;

/** "SELECT rollup_1h": what a statement does, without what it is about, which may be anybody's. */
function summaryOf(text: string): { operation: string; collection?: string } {
  const operation = /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? 'STATEMENT';
  const collection = /\b(?:into|from|update|table)\s+(?:only\s+)?([a-z_][\w.]*)/i.exec(text)?.[1];
  return collection === undefined ? { operation } : { operation, collection };
}

function attributesOf(text: string, { system, namespace }: DatabaseName): Attributes {
  const { operation, collection } = summaryOf(text);
  return {
    'db.system.name': system,
    'db.namespace': namespace,
    'db.operation.name': operation,
    ...(collection === undefined ? {} : { 'db.collection.name': collection }),
    'db.query.summary': collection === undefined ? operation : `${operation} ${collection}`,
  };
}

type Method = (first: string, ...rest: unknown[]) => Promise<unknown>;

/**
 * The same client, whose statements are children of the active span. Where none is active they run as they are: what a process asks by
 * itself every few seconds would only be noise.
 */
export function tracedStatements<C extends object>(client: C, tracer: Tracer, database: DatabaseName): C {
  if (!tracer.enabled) return client;
  const traced =
    (name: string, method: Method): Method =>
    (first, ...rest) => {
      if (tracer.active().context() === null) return method(first, ...rest);
      const attributes = attributesOf(name.startsWith('insert') ? `INSERT INTO ${first}` : first, database);
      return inSpan(tracer, String(attributes['db.query.summary']), { kind: 'client', attributes }, () => method(first, ...rest));
    };
  const methods = Object.entries(client).filter(([name, method]) => typeof method === 'function' && runsStatement.test(name));
  return { ...client, ...Object.fromEntries(methods.map(([name, method]) => [name, traced(name, method as Method)])) };
}

type Transactional<S extends object> = { transaction<T>(work: (sql: S) => Promise<T>): Promise<T> };

/** The same for a client that has transactions besides: the statements in them are traced one by one. */
export function tracedTransactions<S extends object, C extends Transactional<S>>(client: C, tracer: Tracer, database: DatabaseName): C {
  if (!tracer.enabled) return client;
  const transaction = <T>(work: (sql: S) => Promise<T>): Promise<T> =>
    client.transaction((sql) => work(tracedStatements(sql, tracer, database)));
  return { ...tracedStatements(client, tracer, database), transaction };
}
