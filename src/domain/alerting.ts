/** All alerts of the windows in one partition: parts of windows and progress in, transitions out. */
import {
  type AlertSettings,
  type AlertState,
  endAlert,
  evaluate,
  fingerprintOf,
  isSilent,
  newAlert,
  type Transition,
  withRule,
} from './alert.ts';
import { entry } from './entry.ts';
import { type Rule, ruleKey } from './rule.ts';
import { sourcesOf } from './source.ts';
import { groupParts, measure } from './statistic.ts';
import { NEVER } from './watermark.ts';
import type { SourceProgress, WindowPart, WindowUpdate } from './window.ts';

/** `parts` by part key. */
export type StoredWindow = { end: number; hopMs: number; parts: Map<string, WindowPart> };

/** The windows of one metric and size. `evaluated`: those that end up to here have been held against the rules. */
export type Watch = { metric: string; sizeMs: number; evaluated: number; windows: Map<number, StoredWindow>; late: Set<number> };

/** Keys of what has changed since it was last written down. */
export type TouchedAlerts = { parts: Map<string, WindowPart | null>; progress: Set<string>; watches: Set<string>; alerts: Set<string> };

export type Alerting = {
  settings: AlertSettings;
  /** By rule key. */
  rules: Map<string, Rule>;
  watches: Map<string, Watch>;
  progress: Map<string, SourceProgress>;
  alerts: Map<string, AlertState>;
  touched: TouchedAlerts;
};

export const newAlerting = (settings: AlertSettings): Alerting => ({
  settings,
  rules: new Map(),
  watches: new Map(),
  progress: new Map(),
  alerts: new Map(),
  touched: { parts: new Map(), progress: new Set(), watches: new Set(), alerts: new Set() },
});

export const watchKey = (metric: string, sizeMs: number): string => `${metric}|${sizeMs}`;
export const sourceKey = ({ topic, partition }: Pick<SourceProgress, 'topic' | 'partition'>): string => `${topic}|${partition}`;
/** What makes a part unique: everything but its values. */
export const partKey = (part: WindowPart): string =>
  [part.metric, part.sizeMs, part.end, part.sourceTopic, part.sourcePartition, part.featureId, part.variant ?? '', part.tenantId].join('|');

/** Up to where every partition of every topic of the metric has been told. NEVER while one has not been heard of. */
function completeThrough({ progress }: Alerting, metric: string): number {
  const known = [...progress.values()];
  const through = sourcesOf(metric).map((topic) => {
    const ofTopic = known.filter((one) => one.topic === topic);
    const partitions = Math.max(1, ...ofTopic.map((one) => one.partitions));
    return ofTopic.length < partitions ? NEVER : Math.min(...ofTopic.map((one) => one.through));
  });
  return Math.min(...through);
}

function takePart(alerting: Alerting, part: WindowPart): void {
  const watch = alerting.watches.get(watchKey(part.metric, part.sizeMs));
  // Nobody asks for it; or it is so old that its other parts are gone, and a window of a few parts would lie.
  if (!watch || part.end < watch.evaluated - alerting.settings.graceMs) return;
  const window = entry(watch.windows, part.end, () => ({ end: part.end, hopMs: part.hopMs, parts: new Map<string, WindowPart>() }));
  const key = partKey(part);
  const known = window.parts.get(key);
  if (known && known.sourceOffset > part.sourceOffset) return;
  window.parts.set(key, part);
  alerting.touched.parts.set(key, part);
  if (part.end <= watch.evaluated) watch.late.add(part.end);
}

function takeProgress(alerting: Alerting, one: SourceProgress): void {
  const key = sourceKey(one);
  const known = alerting.progress.get(key);
  if (known && known.through >= one.through && known.partitions === one.partitions) return;
  alerting.progress.set(key, { ...one, through: Math.max(one.through, known?.through ?? NEVER) });
  alerting.touched.progress.add(key);
}

/** Takes one record of the topic of windows. Alerts follow from `evaluateDue`. */
export function takeUpdate(alerting: Alerting, { window, progress }: WindowUpdate): void {
  if (window) takePart(alerting, window);
  for (const one of progress) takeProgress(alerting, one);
}

function evaluateRule(alerting: Alerting, rule: Rule, window: StoredWindow, late: boolean): Transition[] {
  return groupParts(rule, window.parts.values()).flatMap(({ subject, parts }) => {
    const fingerprint = fingerprintOf(rule, subject);
    const state = entry(alerting.alerts, fingerprint, () => newAlert(rule, subject, window.hopMs));
    alerting.touched.alerts.add(fingerprint);
    const transition = evaluate(state, { end: window.end, ...measure(rule, parts) }, late, alerting.settings);
    return transition ? [transition] : [];
  });
}

const rulesOf = (alerting: Alerting, { metric, sizeMs }: Watch): Rule[] =>
  [...alerting.rules.values()].filter((rule) => rule.metric === metric && rule.windowMs === sizeMs);

function evaluateWindows(alerting: Alerting, watch: Watch, complete: number): Transition[] {
  const due = [...watch.windows.values()].filter(({ end }) => watch.late.has(end) || (end > watch.evaluated && end <= complete));
  const told = due
    .sort((a, b) => a.end - b.end)
    .flatMap((window) => rulesOf(alerting, watch).flatMap((rule) => evaluateRule(alerting, rule, window, watch.late.has(window.end))));
  watch.late.clear();
  return told;
}

/** Ends firing alerts that have heard nothing, and forgets alerts that are over and were not heard of for as long. */
function endSilent(alerting: Alerting, watch: Watch): Transition[] {
  const keys = new Set(rulesOf(alerting, watch).map(ruleKey));
  return [...alerting.alerts].flatMap(([fingerprint, state]) => {
    if (
      !keys.has(ruleKey(state.rule)) ||
      !isSilent(state, watch.evaluated) ||
      ((state.recent.at(-1)?.end ?? 0) > watch.evaluated - alerting.settings.graceMs && !state.told)
    )
      return [];
    alerting.touched.alerts.add(fingerprint);
    const ended = endAlert(state, 'no_data', watch.evaluated);
    if (!ended) alerting.alerts.delete(fingerprint);
    return ended ? [ended] : [];
  });
}

function dropOld(alerting: Alerting, watch: Watch): void {
  for (const window of watch.windows.values())
    if (window.end < watch.evaluated - alerting.settings.graceMs) {
      watch.windows.delete(window.end);
      for (const key of window.parts.keys()) alerting.touched.parts.set(key, null);
    }
}

/** Holds every window that has become complete, or has changed since, against its rules. Earlier windows first. */
export function evaluateDue(alerting: Alerting): Transition[] {
  return [...alerting.watches].flatMap(([key, watch]) => {
    const complete = completeThrough(alerting, watch.metric);
    const told = evaluateWindows(alerting, watch, complete);
    if (complete <= watch.evaluated) return told;
    watch.evaluated = complete;
    alerting.touched.watches.add(key);
    dropOld(alerting, watch);
    return [...told, ...endSilent(alerting, watch)];
  });
}

/** Where a source has come furthest: up to there parts of windows may have been passed over while nobody watched. */
const furthest = ({ progress }: Alerting, metric: string): number =>
  [...progress.values()]
    .filter(({ topic }) => sourcesOf(metric).includes(topic))
    .reduce((most, { through }) => Math.max(most, through), NEVER);

function watchRules(alerting: Alerting): void {
  const wanted = new Map([...alerting.rules.values()].map((rule) => [watchKey(rule.metric, rule.windowMs), rule]));
  for (const [key, watch] of alerting.watches)
    if (!wanted.has(key)) {
      for (const { parts } of watch.windows.values()) for (const part of parts.keys()) alerting.touched.parts.set(part, null);
      alerting.watches.delete(key);
      alerting.touched.watches.add(key);
    }
  for (const [key, { metric, windowMs: sizeMs }] of wanted)
    entry(alerting.watches, key, () => {
      alerting.touched.watches.add(key);
      return { metric, sizeMs, evaluated: furthest(alerting, metric), windows: new Map(), late: new Set() };
    });
}

function applyRule(alerting: Alerting, fingerprint: string, state: AlertState): Transition[] {
  const rule = alerting.rules.get(ruleKey(state.rule));
  if (rule?.version === state.rule.version) return [];
  alerting.touched.alerts.add(fingerprint);
  const next = rule && withRule(state, rule);
  if (next) {
    alerting.alerts.set(fingerprint, next);
    return [];
  }
  alerting.alerts.delete(fingerprint);
  const ended = endAlert(state, rule ? 'rule_changed' : 'rule_removed', state.told?.end ?? 0);
  return ended ? [ended] : [];
}

/** Goes on with these rules; disabled ones count as removed. Alerts of rules that are gone or measure something else now are ended. */
export function setRules(alerting: Alerting, rules: readonly Rule[]): Transition[] {
  alerting.rules = new Map(rules.filter(({ enabled }) => enabled).map((rule) => [ruleKey(rule), rule]));
  watchRules(alerting);
  return [...alerting.alerts].flatMap(([fingerprint, state]) => applyRule(alerting, fingerprint, state));
}
