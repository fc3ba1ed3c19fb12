/** The state of all alerts of a partition as texts under keys, so that a changelog can hold it; and back. */
import type { AlertSettings, AlertState } from './alert.ts';
import { type Alerting, newAlerting, partKey, sourceKey, watchKey } from './alerting.ts';
import { entry } from './entry.ts';
import { NEVER } from './watermark.ts';
import type { SourceProgress, WindowPart } from './window.ts';
import type { Deltas } from './windowing-state.ts';

const text = (value: unknown): string | null => (value === undefined || value === null ? null : JSON.stringify(value));

/** Takes down what has changed since the last time: `part|…`, `progress|…`, `watch|…`, `alert|…`. */
export function takeAlertDeltas(alerting: Alerting): Deltas {
  const { parts, progress, watches, alerts } = alerting.touched;
  const deltas: Deltas = new Map();
  for (const [key, part] of parts) deltas.set(`part|${key}`, text(part));
  for (const key of progress) deltas.set(`progress|${key}`, text(alerting.progress.get(key)));
  for (const key of watches) {
    const watch = alerting.watches.get(key);
    deltas.set(`watch|${key}`, watch ? JSON.stringify([watch.metric, watch.sizeMs, watch.evaluated]) : null);
  }
  for (const key of alerts) deltas.set(`alert|${key}`, text(alerting.alerts.get(key)));
  alerting.touched = { parts: new Map(), progress: new Set(), watches: new Set(), alerts: new Set() };
  return deltas;
}

const readers: Record<string, (alerting: Alerting, name: string, text: string) => void> = {
  part: (alerting, _, json) => {
    const part = JSON.parse(json) as WindowPart;
    const watch = alerting.watches.get(watchKey(part.metric, part.sizeMs));
    if (!watch) return;
    const window = entry(watch.windows, part.end, () => ({ end: part.end, hopMs: part.hopMs, parts: new Map<string, WindowPart>() }));
    window.parts.set(partKey(part), part);
  },
  progress: (alerting, _, json) => {
    const one = JSON.parse(json) as SourceProgress;
    alerting.progress.set(sourceKey(one), one);
  },
  watch: (alerting, name, json) => {
    // JSON has no infinity: it wrote null for "never".
    const [metric, sizeMs, evaluated] = JSON.parse(json) as [string, number, number | null];
    alerting.watches.set(name, { metric, sizeMs, evaluated: evaluated ?? NEVER, windows: new Map(), late: new Set() });
  },
  alert: (alerting, name, json) => {
    alerting.alerts.set(name, JSON.parse(json) as AlertState);
  },
};

/** The alerts as they were when these entries were taken down. The rules are not among them: `setRules` must follow. */
export function restoreAlerting(settings: AlertSettings, entries: ReadonlyMap<string, string>): Alerting {
  const alerting = newAlerting(settings);
  const sorted = [...entries].map(([key, json]) => ({ kind: key.slice(0, key.indexOf('|')), name: key.slice(key.indexOf('|') + 1), json }));
  // Parts are put into their watches, so these come first.
  for (const kind of ['watch', 'progress', 'part', 'alert'])
    for (const one of sorted) if (one.kind === kind) readers[kind]?.(alerting, one.name, one.json);
  return alerting;
}
