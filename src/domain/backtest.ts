/** What the rules would have told over stored minutes: the same windows and the same state machine as live, without emitting anything. */
import { type Aggregate, emptyAggregate, mergeInto } from './aggregate.ts';
import type { AlertSettings, Transition } from './alert.ts';
import { type Alerting, evaluateDue, newAlerting, setRules, takeUpdate } from './alerting.ts';
import { roiKey, seriesKey, seriesOf } from './contribution.ts';
import { entry } from './entry.ts';
import type { Rule } from './rule.ts';
import { sourcesOf } from './source.ts';
import { eventTopics } from './topics.ts';
import { ROI_METRIC, type Series, type WindowPart, type WindowSpec } from './window.ts';

/** One row of the minute rollups. `minute`: its start, milliseconds since 1970. */
export type MinutePart = Series & Omit<Aggregate, 'costUsdMicros'> & { minute: number };

export type BacktestSettings = { windows: readonly WindowSpec[]; roiWindows: readonly WindowSpec[]; alerts: AlertSettings };

/** `skipped`: rules that stored minutes cannot answer, because their windows are shorter or they watch a signal. */
export type Backtest = { transitions: Transition[]; skipped: Rule[] };

const MINUTE_MS = 60_000;
const SATISFACTION = 'match_satisfaction_score';
/** The measurements that carry the value of the four features: one for each event. */
const valued = new Set(['response_time_seconds', 'churned', 'session_duration_minutes', SATISFACTION]);

/** Sums of each series by minute. A key is prefixed by the topic that its part is to come from. */
type Panes = Map<number, Map<string, Aggregate>>;
const TOPIC_END = '\u0001';

/** The minute's share in value and cost; null when it has none. */
function roiShare({ metric, n, sum, valueUsdMicros }: MinutePart): Aggregate | null {
  if (metric === 'cost_usd') return { ...emptyAggregate(), costUsdMicros: -valueUsdMicros };
  if (!valued.has(metric) && valueUsdMicros === 0) return null;
  return { ...emptyAggregate(), n, sum: metric === SATISFACTION ? sum : 0, valueUsdMicros };
}

function place(panes: Panes, start: number, topic: string, key: string, aggregate: Aggregate): void {
  const pane = entry(panes, start, () => new Map<string, Aggregate>());
  mergeInto(entry(pane, topic + TOPIC_END + key, emptyAggregate), aggregate);
}

function takeMinute(panes: Panes, roi: Panes, part: MinutePart): void {
  const [topic = ''] = sourcesOf(part.metric);
  place(panes, part.minute, topic, seriesKey(part.metric, part), { ...part, costUsdMicros: 0 });
  const share = roiShare(part);
  const roiTopic = part.metric === SATISFACTION ? eventTopics['property-intelligence'] : eventTopics['custom-metrics'];
  if (share) place(roi, part.minute, roiTopic, roiKey(part.featureId, part.tenantId), share);
}

function partsOf(panes: Panes, spec: WindowSpec, end: number): WindowPart[] {
  const sums = new Map<string, Aggregate>();
  for (let start = end - spec.sizeMs; start < end; start += MINUTE_MS)
    for (const [key, aggregate] of panes.get(start) ?? []) mergeInto(entry(sums, key, emptyAggregate), aggregate);
  return [...sums].map(([key, sum]) => {
    const [sourceTopic = '', series = ''] = key.split(TOPIC_END);
    const source = { sourceTopic, sourcePartition: 0, sourceOffset: end, late: false };
    return { ...sum, ...spec, start: end - spec.sizeMs, end, ...source, ...seriesOf(series) };
  });
}

function dropBefore(panes: Panes, time: number): void {
  for (const start of panes.keys()) if (start < time) panes.delete(start);
}

const canBeTested = (rule: Rule, { windows, roiWindows }: BacktestSettings): boolean => {
  const specs = rule.metric === ROI_METRIC ? roiWindows : windows;
  return rule.statistic !== 'latest' && specs.some(({ sizeMs, hopMs }) => sizeMs === rule.windowMs && hopMs % MINUTE_MS === 0);
};

/** Every source has come to `through`: nothing is late in the stored history. */
function progressTo(rules: readonly Rule[], through: number): { topic: string; partition: number; partitions: number; through: number }[] {
  const sources = [...new Set(rules.flatMap(({ metric }) => sourcesOf(metric)))];
  return sources.map((topic) => ({ topic, partition: 0, partitions: 1, through }));
}

/** Panes of the past `keepMs`, and the windows made of them. */
type Track = { panes: Panes; specs: readonly WindowSpec[]; keepMs: number };

function trackOf(rules: readonly Rule[], specs: readonly WindowSpec[], roi: boolean): Track {
  const wanted = specs.filter(({ sizeMs }) => rules.some((rule) => rule.windowMs === sizeMs && (rule.metric === ROI_METRIC) === roi));
  return { panes: new Map(), specs: wanted, keepMs: Math.max(MINUTE_MS, ...wanted.map(({ sizeMs }) => sizeMs)) };
}

const closed = ({ panes, specs }: Track, end: number): WindowPart[] =>
  specs.filter(({ hopMs }) => end % hopMs === 0).flatMap((spec) => partsOf(panes, spec, end));

function tellMinute(alerting: Alerting, rules: readonly Rule[], tracks: readonly Track[], end: number): Transition[] {
  for (const window of tracks.flatMap((track) => closed(track, end))) takeUpdate(alerting, { window, progress: [] });
  takeUpdate(alerting, { window: null, progress: progressTo(rules, end) });
  return evaluateDue(alerting);
}

function replay(rules: readonly Rule[], stored: Map<number, MinutePart[]>, from: number, settings: BacktestSettings): Transition[] {
  const alerting = newAlerting(settings.alerts);
  setRules(alerting, rules);
  const [plain, roi] = [trackOf(rules, settings.windows, false), trackOf(rules, settings.roiWindows, true)];
  const times = [...stored.keys()].sort((a, b) => a - b);
  const transitions: Transition[] = [];
  for (let minute = times[0] ?? 0; minute <= (times.at(-1) ?? -1); minute += MINUTE_MS) {
    const end = minute + MINUTE_MS;
    for (const part of stored.get(minute) ?? []) takeMinute(plain.panes, roi.panes, part);
    if (end > from) transitions.push(...tellMinute(alerting, rules, [plain, roi], end));
    for (const { panes, keepMs } of [plain, roi]) dropBefore(panes, end - keepMs + MINUTE_MS);
  }
  return transitions;
}

/**
 * @param minutes rollup rows in any order; those before the range of interest, as far back as the longest window, make its first windows whole
 * @param from windows that end at or before it are not told; milliseconds since 1970
 */
export function backtest(rules: readonly Rule[], minutes: Iterable<MinutePart>, from: number, settings: BacktestSettings): Backtest {
  const enabled = rules.filter((rule) => rule.enabled);
  const [tested, skipped] = [true, false].map((wanted) => enabled.filter((rule) => canBeTested(rule, settings) === wanted));
  const stored = Map.groupBy(minutes, ({ minute }) => minute);
  return { transitions: replay(tested ?? [], stored, from, settings), skipped: skipped ?? [] };
}
