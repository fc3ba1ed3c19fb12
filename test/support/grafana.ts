/** What Grafana and its ClickHouse data source do to a query before ClickHouse sees it, so that dashboards can be run without Grafana. */

export type Variables = Record<string, readonly string[]>;
/** Times are milliseconds since 1970, UTC; `intervalSeconds` is what Grafana works out from the range and the panel's width. */
export type QueryContext = { from: number; to: number; intervalSeconds: number; variables: Variables };

/** A variable that stands at "All" has this value. */
export const ALL = '$__all';

const seconds = (ms: number): string => `toDateTime(${Math.floor(ms / 1000)})`;

type Macro = (args: string[], context: QueryContext) => string;

const macros: Record<string, Macro> = {
  timeFilter: ([column], { from, to }) => `${column} >= ${seconds(from)} AND ${column} <= ${seconds(to)}`,
  timeInterval: ([column], { intervalSeconds }) => `toStartOfInterval(toDateTime(${column}), INTERVAL ${intervalSeconds} second)`,
  fromTime: (_, { from }) => seconds(from),
  toTime: (_, { to }) => seconds(to),
  interval_s: (_, { intervalSeconds }) => String(intervalSeconds),
};

/** Index behind the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new RangeError(`a bracket is not closed: ${text.slice(open, open + 40)}`);
}

/** `$__conditionalAll(condition, $variable)` is the condition, or 1=1 while the variable stands at "All". */
function conditionals(sql: string, variables: Variables): string {
  const name = '$__conditionalAll';
  const start = sql.lastIndexOf(name);
  if (start === -1) return sql;
  const open = start + name.length;
  const end = closing(sql, open);
  const inner = sql.slice(open + 1, end - 1);
  const comma = inner.lastIndexOf(',');
  const variable = /\w+/.exec(inner.slice(comma + 1))?.[0] ?? '';
  const condition = variables[variable]?.includes(ALL) ? '1=1' : inner.slice(0, comma);
  return conditionals(sql.slice(0, start) + condition + sql.slice(end), variables);
}

function valuesOf(variables: Variables, name: string): readonly string[] {
  const values = variables[name];
  if (!values) throw new RangeError(`a query uses a variable that the dashboard does not have: ${name}`);
  return values;
}

/** `${name:singlequote}` is a quoted list; `$name` and `${name}` are the plain value. Words that start with two underscores are macros. */
function interpolate(sql: string, variables: Variables): string {
  return sql
    .replace(/\$\{(\w+):singlequote\}/g, (_, name: string) =>
      valuesOf(variables, name)
        .map((value) => `'${value.replaceAll("'", "\\'")}'`)
        .join(','),
    )
    .replace(/\$\{?(?!__)(\w+)\}?/g, (_, name: string) => valuesOf(variables, name).join(','));
}

function expandMacros(sql: string, context: QueryContext): string {
  return sql.replace(/\$__(\w+?)\b(?:\(([^()]*)\))?/g, (_, name: string, args = '') => {
    const macro = macros[name];
    if (!macro) throw new RangeError(`a query uses a macro that is not known here: $__${name}`);
    return macro(
      String(args)
        .split(',')
        .map((arg) => arg.trim()),
      context,
    );
  });
}

/**
 * The SQL that ClickHouse would get.
 * @throws RangeError on an unknown macro or variable
 */
export function expand(sql: string, context: QueryContext): string {
  return expandMacros(interpolate(conditionals(sql, context.variables), context.variables), context);
}

const instant = (ms: number): string => `'${new Date(ms).toISOString()}'`;

/** The same for the Postgres data source, with the macros that the dashboards use of it. */
export function expandPostgres(sql: string, { from, to }: Pick<QueryContext, 'from' | 'to'>): string {
  const expanded = sql
    .replace(/\$__timeFilter\(([^()]+)\)/g, (_, column: string) => `${column} BETWEEN ${instant(from)} AND ${instant(to)}`)
    .replaceAll('$__timeFrom()', instant(from))
    .replaceAll('$__timeTo()', instant(to));
  if (/\$(__|\{)/.test(expanded)) throw new RangeError(`a query uses a macro or variable that is not known here: ${expanded}`);
  return expanded;
}

/** Steps that Grafana rounds an interval to, seconds; `low` is the panel's least interval. */
export function intervalFor(from: number, to: number, maxDataPoints: number, low: number): number {
  const steps = [
    1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000,
  ];
  const wanted = (to - from) / 1000 / maxDataPoints;
  const rounded = steps.reduce((best, step) => (Math.abs(step - wanted) < Math.abs(best - wanted) ? step : best));
  return Math.max(rounded, low);
}
