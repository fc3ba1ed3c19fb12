/**
 * The analysis of an experiment on ten million stored events, the newest of this minute: asked as the API asks it, but never answered from a remembered
 * result. The night has made it ready, as the stage `rollout` does; today is read from raw events each time.
 */
import type { StackEndpoints } from '../../infra/stack.ts';
import { experimentQuestion } from '../../src/domain/experiment/question.ts';
import type { ExperimentQuestion } from '../../src/domain/experiment.ts';
import { keepAhead } from '../../src/query/experiment/ahead.ts';
import { analyseExperiment } from '../../src/query/experiment/analysis.ts';
import { recomputeMinutes, recomputeTier } from '../../src/query/recompute.ts';
import { scopeOf } from '../../src/query/scope.ts';
import { definitionOf, storedFlag } from '../support/guard-load.ts';
import { percentile } from './percentile.ts';
import { type Place, withPlace } from './place.ts';
import { type BenchRow, benchRow } from './row.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
const EVENTS_PER_UNIT = 100;
const READS = 30;
const FEATURE = 'realtime_intelligence';

const columns = `tenant, feature, minute, event_id, kind, revision, retracted, version, occurred_at, user_id, variant, source, metrics, values, values_usd,
  attributes, topic, partition, offset, recorded_at`;

/** Each unit is exposed on one of the first days; the stages follow each other. */
const exposures = (units: number, begin: string): string => `INSERT INTO events (${columns})
  SELECT 'bench', '${FEATURE}', toStartOfMinute(at), generateUUIDv4(number), 'flag-exposures', 0, false, toUInt128(1) + number, at, concat('user-', toString(number)),
    if(cityHash64(number) % 2 = 0, 'control', 'treatment'), 'bench', ['exposure'], [1], [0], map('rollout_stage', if(day < 5, 'beta_10', if(day < 10, 'beta_25', 'beta_50')), 'reason', 'percentage'),
    'impact-flag-exposures', 0, number, at
  FROM (SELECT number, number % 15 AS day, toDateTime64('${begin} 00:00:00', 3, 'UTC') + day * 86400 + cityHash64(number) % 80000 AS at FROM numbers(${units}))`;

/** Answers to leads, over all days up to now and all units; treatment is a little quicker. */
const outcomes = (events: number, units: number, begin: string, seconds: number): string => `INSERT INTO events (${columns})
  SELECT 'bench', '${FEATURE}', toStartOfMinute(at), generateUUIDv4(number), 'lead-intelligence', 0, false, toUInt128(1) + number, at, concat('user-', toString(unit)),
    '', 'bench', ['response_time_seconds', 'converted'], [(cityHash64(number) % 1000) / (4 + cityHash64(unit) % 2), number % 9 = 0], [0, 0], map(),
    'impact-lead-intelligence', 0, number, at
  FROM (SELECT number, cityHash64(number, 7) % ${units} AS unit, toDateTime64('${begin} 00:00:00', 3, 'UTC') + number * ${seconds} / ${events} AS at FROM numbers(${events}))`;

function questionOf(from: number, daily: boolean, metric = 'response_time_seconds'): ExperimentQuestion {
  const period = { from, to: from + DAYS * DAY_MS };
  const asked = { feature: FEATURE, metrics: [metric], guardrails: [], period, daily, zone: 'UTC', alpha: 0.05 };
  return experimentQuestion({ ...asked, policy: 'sequential' }, null);
}

/** The rollups of the generated events, as flushes would have made them: by them an analysis knows whether a day has changed. */
async function rollUp({ adapters: { clickhouse } }: Place, from: number): Promise<void> {
  for (let day = from; day < from + DAYS * DAY_MS; day += DAY_MS) {
    const range = { tenants: ['bench'], feature: null, from: day / 1000, to: (day + DAY_MS) / 1000 };
    for (const { text, params } of [recomputeMinutes(range), recomputeTier('1h', range), recomputeTier('1d', range)])
      await clickhouse.command(text, params);
  }
}

/** Milliseconds of each of so many analyses, one after the other, and of the first one, which they do not count. */
async function timeAnalyses(
  { adapters }: Place,
  question: ExperimentQuestion,
  reads: number,
): Promise<{ first: number; sample: number[] }> {
  const times: number[] = [];
  while (times.length <= reads) {
    const start = performance.now();
    const { exposed } = await analyseExperiment(adapters.clickhouse, scopeOf('bench'), question);
    if (exposed.control === 0) throw new Error('the analysis found nobody');
    times.push(performance.now() - start);
  }
  const [first = Number.NaN, ...sample] = times;
  return { first, sample };
}

/** @param events stored measurements; each unit has about a hundred of them */
export async function benchExperiments(at: StackEndpoints, events: number, say: (line: string) => void): Promise<BenchRow[]> {
  return withPlace(at, {}, async (place) => {
    // The usual period: thirty days, the last of them today.
    const from = (Math.floor(Date.now() / DAY_MS) - DAYS + 1) * DAY_MS;
    const begin = new Date(from).toISOString().slice(0, 10);
    const units = Math.ceil(events / EVENTS_PER_UNIT);
    say(`an experiment of ${units.toLocaleString('en-US')} units with ${events.toLocaleString('en-US')} events`);
    await place.adapters.clickhouse.command(exposures(units, begin));
    await place.adapters.clickhouse.command(outcomes(events, units, begin, Math.floor((Date.now() - from) / 1000)));
    await rollUp(place, from);
    const started = performance.now();
    const ready = await keepAhead(place.adapters.clickhouse, [storedFlag(definitionOf({ id: FEATURE }))], {
      now: Date.now(),
      timeZone: 'UTC',
    });
    say(`${ready} questions made ready from raw events, as in the first night: ${Math.round(performance.now() - started)} ms`);
    const { first, sample } = await timeAnalyses(place, questionOf(from, false), READS);
    say(`the first analysis ${Math.round(first)} ms, then ${Math.round(percentile(sample, 0.5))} ms in the median`);
    const daily = await timeAnalyses(place, questionOf(from, true), 3);
    say(`with ${DAYS} daily looks: ${Math.round(percentile(daily.sample, 0.5))} ms in the median`);
    const tail = await timeAnalyses(place, questionOf(from, false, 'response_time_seconds:p95'), READS);
    say(`a p95: the first analysis ${Math.round(tail.first)} ms, then ${Math.round(percentile(tail.sample, 0.5))} ms in the median`);
    const stored = `p99 at ${(events / 1e6).toFixed(0)}M events`;
    const what = `experiment result, ${stored}`;
    return [
      benchRow({ what, ours: percentile(sample, 0.99), unit: 'ms', goal: { comparison: '<=', value: 500 } }),
      benchRow({ what: 'the same, first question of the day', ours: first, unit: 'ms', goal: { comparison: '<=', value: 2000 } }),
      benchRow({
        ...{ what: `experiment result of a p95, ${stored}`, ours: percentile(tail.sample, 0.99), unit: 'ms' },
        goal: { comparison: '<=', value: 500 },
      }),
      benchRow({ what: 'a p95, first question of the day', ours: tail.first, unit: 'ms', goal: { comparison: '<=', value: 3000 } }),
    ];
  });
}
