/**
 * An experiment's time cut into parts, each within one UTC day. What units did in a part that is over seldom changes, so it can be kept and
 * used again; the rest is read from raw events. No part lies across a moment that a question distinguishes.
 */
import type { ExperimentQuestion } from '../experiment.ts';

const DAY_MS = 86_400_000;
/** A day is over for this long before its parts are kept: most of what comes late has come by then. */
export const SETTLED_MS = 3_600_000;
/** A part that was kept not long ago and has changed since is read raw, lest every late event make another copy of its day. */
const KEPT_AGAIN_AFTER_MS = 6 * 3_600_000;
/** So many measurements and exposures are kept by one statement, if one part has not more by itself. */
const MOST_EVENTS_AT_ONCE = 1_000_000;

/** ms, whole minutes; `to` is not part of it. */
export type Part = { from: number; to: number };

/** What is stored of one UTC day; a day without any has no state. `stamp` changes with every event of the day; `settled`: it ended long enough ago. */
export type DayState = { day: number; stamp: string; events: number; settled: boolean };

/** A part as it was kept: by which name, at which stamp of its day, how long ago. */
export type KeptPart = Part & { build: string; stamp: string; ageMs: number };

/** `kept` are usable as they are; `due` can be kept now; `raw` must be read from events. */
export type PartPlan = { kept: KeptPart[]; due: Part[]; raw: Part[] };

export const utcDay = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;

/** Where reading begins: at the UTC midnight before the earliest moment that can serve CUPED. */
export const readingFrom = ({ period, preMs }: Pick<ExperimentQuestion, 'period' | 'preMs'>): number =>
  preMs === 0 ? period.from : utcDay(period.from - preMs);

/** The question's time in parts, in order: cut at UTC midnights, where the period begins, and where looks end. */
export function partsOf(question: Pick<ExperimentQuestion, 'period' | 'preMs' | 'looks'>): Part[] {
  const { period, looks } = question;
  const begin = readingFrom(question);
  const cuts = new Set([begin, period.from, period.to, ...looks.filter((at) => at < period.to)]);
  for (let day = utcDay(begin) + DAY_MS; day < period.to; day += DAY_MS) cuts.add(day);
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(1).map((to, i) => ({ from: edges[i] ?? to, to }));
}

/**
 * A part of a day without any state that is long over holds nothing, and is left out.
 * @param known newest first
 * @param now milliseconds since 1970
 */
export function planParts(parts: readonly Part[], days: readonly DayState[], known: readonly KeptPart[], now = 0): PartPlan {
  const states = new Map(days.map((state) => [state.day, state]));
  const plan: PartPlan = { kept: [], due: [], raw: [] };
  for (const part of parts) {
    const state = states.get(utcDay(part.from));
    if (state === undefined && part.to + SETTLED_MS <= now) continue;
    const copies = known.filter(({ from, to }) => from === part.from && to === part.to);
    const current = copies.find(({ stamp }) => stamp === state?.stamp);
    if (current) plan.kept.push(current);
    else if (state?.settled && copies.every(({ ageMs }) => ageMs >= KEPT_AGAIN_AFTER_MS)) plan.due.push(part);
    else plan.raw.push(part);
  }
  return plan;
}

/** Parts in groups that one statement each can take, by what is stored of their days. */
export function partChunks(parts: readonly Part[], days: readonly DayState[]): Part[][] {
  const events = new Map(days.map((state) => [state.day, state.events]));
  const chunks: { parts: Part[]; events: number }[] = [];
  for (const part of parts) {
    const more = events.get(utcDay(part.from)) ?? 0;
    const last = chunks.at(-1);
    if (last && last.events + more <= MOST_EVENTS_AT_ONCE) {
      last.parts.push(part);
      last.events += more;
    } else chunks.push({ parts: [part], events: more });
  }
  return chunks.map((chunk) => chunk.parts);
}

/** Neighbouring parts as one range each. */
export function rangesOf(parts: readonly Part[]): Part[] {
  const ranges: Part[] = [];
  for (const { from, to } of parts) {
    const last = ranges.at(-1);
    if (last?.to === from) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}
