/** What the rules would have told over stored minutes: the same windows and the same state machine as live, without emitting anything. */
import { type Aggregate, emptyAggregate, mergeInto } from './aggregate.ts';
import type { AlertSettings, Transition } from './alert.ts';
import { evaluateDue, newAlerting, setRules, takeUpdate } from './alerting.ts';
import { roiKey, seriesKey, seriesOf } from './contribution.ts';
import { entry } from './entry.ts';
import type { Rule } from './rule.ts';
import { sourcesOf } from './source.ts';
import { eventTopics } from './topics.ts';
import { floorTo, ROI_METRIC, type Series, type WindowPart, type WindowSpec } from './window.ts';

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
    // The sums were copied from stored rows whose other fields came along: the series comes last.
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

function byMinute(minutes: Iterable<MinutePart>): Map<number, MinutePart[]> {
  return Map.groupBy(minutes, ({ minute }) => minute);
}

/**
 * @param minutes rollup rows in any order; those before the range of interest, as far back as the longest window, make its first windows whole
 * @param from windows that end at or before it are not told; milliseconds since 1970
 */
export function backtest(rules: readonly Rule[], minutes: Iterable<MinutePart>, from: number, settings: BacktestSettings): Backtest {
  const tested = rules.filter((rule) => rule.enabled && canBeTested(rule, settings));
  const alerting = newAlerting(settings.alerts);
  setRules(alerting, tested);
  const wanted = (specs: readonly WindowSpec[], roi: boolean) =>
    specs.filter(({ sizeMs }) => tested.some((rule) => rule.windowMs === sizeMs && (rule.metric === ROI_METRIC) === roi));
  const [plain, joined] = [wanted(settings.windows, false), wanted(settings.roiWindows, true)];
  const longest = (specs: readonly WindowSpec[]) => Math.max(MINUTE_MS, ...specs.map(({ sizeMs }) => sizeMs));
  const stored = byMinute(minutes);
  const times = [...stored.keys()].sort((a, b) => a - b);
  const [panes, roi]: [Panes, Panes] = [new Map(), new Map()];
  const transitions: Transition[] = [];
  const last = (times.at(-1) ?? 0) + MINUTE_MS;
  for (let end = floorTo(times[0] ?? last, MINUTE_MS) + MINUTE_MS; end <= last; end += MINUTE_MS) {
    for (const part of stored.get(end - MINUTE_MS) ?? []) takeMinute(panes, roi, part);
    if (end > from) {
      for (const spec of plain)
        if (end % spec.hopMs === 0) for (const window of partsOf(panes, spec, end)) takeUpdate(alerting, { window, progress: [] });
      for (const spec of joined)
        if (end % spec.hopMs === 0) for (const window of partsOf(roi, spec, end)) takeUpdate(alerting, { window, progress: [] });
      takeUpdate(alerting, { window: null, progress: progressTo(tested, end) });
      transitions.push(...evaluateDue(alerting));
    }
    dropBefore(panes, end - longest(plain) + MINUTE_MS);
    dropBefore(roi, end - longest(joined) + MINUTE_MS);
  }
  return { transitions, skipped: rules.filter((rule) => rule.enabled && !canBeTested(rule, settings)) };
}
