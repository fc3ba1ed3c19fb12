/** Reads the routing document, with every fault at once. */
import { durationText, parseDuration } from '../duration.ts';
import type { Problem } from '../errors.ts';
import { type Say, sayInto } from '../flags/flag-fields.ts';
import { isPlainObject } from '../flags/json.ts';
import { type Severity, severities } from '../rule.ts';
import { type EscalationLevel, groupLabels, type Inhibition, type Match, type Receivers, type Route, type Routing } from './routing.ts';

type Reader<T> = (value: unknown, field: string, say: Say) => T;
type Fields = Record<string, unknown>;

const DAY_MS = 86_400_000;

function object(value: unknown, field: string, say: Say, known: readonly string[]): Fields {
  if (!isPlainObject(value)) {
    say(field, value, `a mapping with ${known.join(', ')}`);
    return {};
  }
  for (const name of Object.keys(value))
    if (!known.includes(name)) say(`${field}.${name}`, value[name], `no such field; there are ${known.join(', ')}`);
  return value as Fields;
}

const list =
  <T>(item: Reader<T>, expected: string): Reader<T[]> =>
  (value, field, say) => {
    if (Array.isArray(value)) return value.map((one, i) => item(one, `${field}[${i}]`, say));
    say(field, value, expected);
    return [];
  };

const matching =
  (pattern: RegExp, expected: string): Reader<string> =>
  (value, field, say) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    say(field, value, expected);
    return '';
  };

const choice =
  <const C extends string>(choices: readonly C[]): Reader<C> =>
  (value, field, say) => {
    if (choices.includes(value as C)) return value as C;
    say(field, value, `one of ${choices.join(', ')}`);
    return choices[0] as C;
  };

const duration =
  (minimumMs: number, maximumMs: number): Reader<number> =>
  (value, field, say) => {
    const ms = typeof value === 'string' ? parseDuration(value) : null;
    if (ms !== null && ms >= minimumMs && ms <= maximumMs) return ms;
    say(field, value, `a duration from ${durationText(minimumMs)} to ${durationText(maximumMs)}, for example 5m`);
    return minimumMs;
  };

const orElse =
  <T>(reader: Reader<T>, fallback: T): Reader<T> =>
  (value, field, say) =>
    value === undefined || value === null ? fallback : reader(value, field, say);

const text = matching(/^[^\p{Cc}|]{1,200}$/u, '1 to 200 characters on one line, without |');
const severityList = list(choice(severities), `a list of ${severities.join(', ')}`);
const textList = list(text, 'a list of names');
const service = matching(/^[a-z0-9_-]{1,64}$/i, 'the name of a PagerDuty service: default, or one of PAGERDUTY_ROUTING_KEYS');
const channel = matching(/^(#[^\s#,|]{1,80}|[CGD][A-Z0-9]{8,})$/, 'a Slack channel in quotes, for example "#phase3-alerts"');
const address = matching(/^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,190}$/, 'a mail address');
const flag: Reader<boolean> = (value, field, say) => {
  if (typeof value !== 'boolean') say(field, value, 'true or false');
  return value === true;
};

const receivers: Reader<Receivers> = (value, field, say) => {
  const given = object(value, field, say, ['pagerduty', 'slack', 'mail']);
  return {
    pagerduty: orElse(list(service, 'a list of services'), [])(given['pagerduty'], `${field}.pagerduty`, say),
    slack: orElse(list(channel, 'a list of channels'), [])(given['slack'], `${field}.slack`, say),
    mail: orElse(list(address, 'a list of addresses'), [])(given['mail'], `${field}.mail`, say),
  };
};

const matched = ['severity', 'rule', 'tenant', 'feature'];
const match: Reader<Match> = (value, field, say) => {
  const given = object(value, field, say, matched);
  const read = matched
    .filter((name) => given[name] !== undefined)
    .map((name) => [name, (name === 'severity' ? severityList : textList)(given[name], `${field}.${name}`, say)]);
  return Object.fromEntries(read) as Match;
};

const routeFields = ['name', 'match', 'to', 'group', 'wait', 'interval', 'repeat', 'resolved'];
const route: Reader<Route> = (value, field, say) => {
  const given = object(value, field, say, routeFields);
  const read = <T>(name: string, reader: Reader<T>): T => reader(given[name], `${field}.${name}`, say);
  return {
    name: read('name', text),
    match: read('match', orElse(match, {})),
    to: read('to', receivers),
    group: read('group', orElse(list(choice(groupLabels), `a list of ${groupLabels.join(', ')}`), ['rule'])),
    waitMs: read('wait', orElse(duration(0, DAY_MS), 30_000)),
    intervalMs: read('interval', orElse(duration(1_000, DAY_MS), 300_000)),
    repeatMs: read('repeat', orElse(duration(1_000, 31 * DAY_MS), 3_600_000)),
    resolved: read('resolved', orElse(flag, true)),
  };
};

const inhibition: Reader<Inhibition> = (value, field, say) => {
  const given = object(value, field, say, ['source', 'target', 'same']);
  const same = list(choice(['metric', 'rule'] as const), 'a list of metric, rule');
  const read = {
    source: choice(severities)(given['source'], `${field}.source`, say),
    target: choice(severities)(given['target'], `${field}.target`, say),
    same: same(given['same'], `${field}.same`, say),
  };
  if (read.source === read.target) say(`${field}.target`, read.target, 'another severity than source: alerts would keep each other quiet');
  return read;
};

const level: Reader<EscalationLevel> = (value, field, say) => {
  const given = object(value, field, say, ['name', 'after', 'severity', 'to']);
  return {
    name: text(given['name'], `${field}.name`, say),
    afterMs: duration(1_000, 31 * DAY_MS)(given['after'], `${field}.after`, say),
    severity: orElse(severityList, ['critical'] as Severity[])(given['severity'], `${field}.severity`, say),
    to: receivers(given['to'], `${field}.to`, say),
  };
};

/** Faults between parts that are each valid by themselves. */
function contradictions({ routes, escalation }: Routing, say: Say): void {
  routes.forEach(({ name }, i) => {
    if (routes.findIndex((one) => one.name === name) < i) say(`routes[${i}].name`, name, 'a name that no other route has');
  });
  escalation.forEach(({ afterMs }, i) => {
    const before = escalation[i - 1]?.afterMs ?? 0;
    if (afterMs < before) say(`escalation[${i}].after`, durationText(afterMs), `at least ${durationText(before)}, as the level before it`);
  });
}

/**
 * @param document the parsed YAML
 * @returns the routing, or everything that is wrong with it
 */
export function parseRouting(document: unknown): { ok: true; routing: Routing } | { ok: false; problems: Problem[] } {
  const problems: Problem[] = [];
  const say = sayInto(problems);
  const given = object(document, 'routing', say, ['routes', 'rollouts', 'inhibit', 'escalation']);
  const routing: Routing = {
    routes: list(route, 'a list of routes')(given['routes'], 'routes', say),
    rollouts: orElse(receivers, { pagerduty: [], slack: [], mail: [] })(given['rollouts'], 'rollouts', say),
    inhibit: orElse(list(inhibition, 'a list of inhibitions'), [])(given['inhibit'], 'inhibit', say),
    escalation: orElse(list(level, 'a list of levels'), [])(given['escalation'], 'escalation', say),
  };
  if (problems.length === 0) contradictions(routing, say);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, routing };
}
