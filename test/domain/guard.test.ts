import { describe, expect, it } from 'vitest';
import type { ImpactError } from '../../src/domain/errors.ts';
import { firstFlags } from '../../src/domain/flags/first-flags.ts';
import { guardPlanOf, isGuarded } from '../../src/domain/guard/plan.ts';
import { openedAlert, rollbackOf } from '../../src/domain/guard/rollback.ts';
import { readScenario } from '../../src/domain/guard/scenario.ts';
import { simulate } from '../../src/domain/guard/simulation.ts';
import { isKnown, noIds, remember, restoreChunk, takeChunks } from '../../src/domain/seen-ids.ts';
import { definitionOf, storedFlag } from '../support/guard-load.ts';

const limitsOf = (id: string) => {
  const { guardrails } = guardPlanOf(firstFlags.find((flag) => flag.id === id) ?? definitionOf({ id }));
  return guardrails.map((rail) => `${rail.id} ${rail.better} ${rail.limit} ${rail.margin?.relative}`);
};

describe('the guardrails of a flag', () => {
  it('are errors, latency and what the feature is for, within the limits of the product', () => {
    expect(limitsOf('realtime_intelligence')).toEqual([
      'request_error lower 0.05 0',
      'request_latency_ms lower 100 0.1',
      'response_time_seconds lower null 0.1',
      'converted higher null 0.1',
    ]);
    expect(limitsOf('churn_prevention')).toEqual([
      'request_error lower 0.03 0',
      'request_latency_ms lower 500 0.1',
      'churned lower null 0.1',
    ]);
    expect(limitsOf('property_intelligence')).toContain('match_satisfaction_score higher null 0.1');
    expect(limitsOf('ai_coaching')).toContain('productivity_score higher null 0.1');
    expect(limitsOf('checkout')).toEqual(['request_error lower 0.05 0', 'request_latency_ms lower 500 0.1']);
  });

  it('are also those that its metadata names, each once', () => {
    const named = (guardMetrics: string | number) =>
      guardPlanOf(definitionOf({ id: 'checkout', metadata: { guardMetrics } }))
        .guardrails.slice(2)
        .map(({ id, better }) => `${id} ${better}`);
    expect(named('order_value:higher, refunds: lower,refunds:higher, happiness')).toEqual([
      'order_value higher',
      'refunds higher',
      'happiness higher',
    ]);
    expect(named('request_error:higher, Not A Name, x:sideways')).toEqual([]);
    expect(named(5)).toEqual([]);
  });

  it('have no limit of errors where the flag bears all of them, or none', () => {
    const limit = (errorRateThresholdPercent: number) => guardPlanOf(definitionOf({ errorRateThresholdPercent })).guardrails[0]?.limit;
    expect([limit(0), limit(100), limit(2)]).toEqual([null, null, 0.02]);
  });

  it('are tested while a percentage is in force', () => {
    const at = (stage: string, archived = false) => isGuarded({ ...storedFlag(definitionOf({ stage })), archived });
    expect(['disabled', 'internal', 'beta_10', 'beta_25', 'beta_50', 'ga'].map((stage) => at(stage))).toEqual([
      false,
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(at('beta_50', true)).toBe(false);
  });
});

describe('a decision to roll back', () => {
  const flag = storedFlag(definitionOf(), 7);
  const plan = guardPlanOf(flag);
  const harm = {
    guardrail: 'match_satisfaction_score',
    test: 'control' as const,
    control: { n: 50, mean: 80 },
    treatment: { n: 60, mean: 40 },
    effect: -40,
    interval: null,
    pValue: 0,
    eValue: Number.POSITIVE_INFINITY,
    alpha: 0.01,
    reason: 'It is worse.',
  };
  const decided = { flag, plan, since: 5, startedAt: 10, exposures: { control: 3, treatment: 4 } };

  it('carries the evidence that is clearest for what it may err, in numbers that JSON can hold', () => {
    const weak = { ...harm, guardrail: 'request_error', pValue: 0.001, eValue: 1000, reason: 'So is this.' };
    const rollback = rollbackOf(decided, [weak, harm], 99);
    expect(rollback).toMatchObject({
      rollbackId: 'property_intelligence:5',
      flagVersion: 7,
      reason: 'business-metric drop',
      threshold: 72,
    });
    expect(rollback).toMatchObject({ intervalLow: null, intervalHigh: null, eValue: Number.MAX_VALUE, decidedAt: 99 });
    expect(rollback.message).toBe('So is this. It is worse.');
    expect(JSON.parse(JSON.stringify(rollback))).toEqual(rollback);
  });

  it('says the limit where that was broken, and a rate in percent to people', () => {
    const beyond = { ...harm, guardrail: 'request_error', test: 'limit' as const, treatment: { n: 60, mean: 0.2 } };
    const rollback = rollbackOf(decided, [beyond], 99);
    expect(rollback).toMatchObject({ reason: 'error-rate spike', threshold: 0.05, test: 'limit' });
    expect(openedAlert(rollback, { better: 'lower', kind: 'rate' })).toMatchObject({
      value: 20,
      threshold: 5,
      statistic: 'percent',
      comparison: 'above',
      n: 110,
    });
    expect(rollbackOf(decided, [{ ...beyond, guardrail: 'request_latency_ms' }], 99)).toMatchObject({
      reason: 'latency spike',
      threshold: 500,
    });
  });
});

describe('ids that were counted', () => {
  it('are forgotten a chunk at a time, the oldest first, and remembered by what was written down', () => {
    const seen = noIds(4);
    const written = new Map<number, string[]>();
    for (const step of [['a', 'b', 'c'], ['d', 'e'], [], ['f', 'g']]) {
      for (const id of step) remember(seen, id);
      for (const [number, ids] of takeChunks(seen))
        if (ids === null) written.delete(number);
        else written.set(number, ids);
    }
    expect([...written]).toEqual([
      [1, ['d', 'e']],
      [2, ['f', 'g']],
    ]);
    const again = noIds(4);
    for (const [number, ids] of written) restoreChunk(again, number, ids);
    expect(['a', 'd', 'g', 'h'].map((id) => isKnown(again, id))).toEqual([false, true, true, false]);
    for (const id of ['a', 'h']) remember(again, id);
    expect([...takeChunks(again)]).toEqual([
      [3, ['a', 'h']],
      [1, null],
    ]);
  });
});

describe('a simulated rollout', () => {
  const minutes = (seconds: number | null) => (seconds ?? Number.POSITIVE_INFINITY) / 60;

  it('is rolled back in a median of 8 minutes or less when 1 % of errors become 5 % at 50 requests a minute', () => {
    const { rolledBack, medianSeconds } = simulate(readScenario({ runs: 60, treatment: { errorRatePercent: 5 } }));
    expect(rolledBack).toBe(60);
    expect(minutes(medianSeconds)).toBeLessThanOrEqual(8);
  });

  it('is rolled back within minutes when a goal loses 40 %, or latency is over its limit', () => {
    const worse = simulate(readScenario({ runs: 15, minutes: 240, treatment: { metric: 6 } }));
    const slower = simulate(readScenario({ runs: 15, treatment: { latencyMs: 600 } }));
    expect([worse.rolledBack, slower.rolledBack]).toEqual([15, 15]);
    expect(worse.runs.map(({ rollback }) => rollback?.reason)).toEqual(Array(15).fill('business-metric drop'));
    expect(slower.runs[0]?.rollback?.reason).toBe('latency spike');
  });

  it('goes on when it does no harm, in all but 5.5 % of the runs', () => {
    const { rolledBack, medianSeconds } = simulate(readScenario({ runs: 60, minutes: 30, requestsPerUser: 3 }));
    expect(rolledBack).toBeLessThanOrEqual(3);
    expect(medianSeconds).toBeNull();
  });

  it('is the same for the same seed', () => {
    const scenario = readScenario({ seed: 5, treatment: { errorRatePercent: 8 } });
    expect(simulate(scenario)).toEqual(simulate(scenario));
    expect(simulate({ ...scenario, runs: 2 }).runs[1]).toEqual(simulate({ ...scenario, seed: 6 }).runs[0]);
  });

  it('waits for requests', () => {
    expect(simulate(readScenario({ requestsPerMinute: 1, minutes: 2 })).rolledBack).toBe(0);
  });
});

describe('a scenario', () => {
  const faults = (document: unknown): string[] => {
    try {
      readScenario(document);
      return [];
    } catch (error) {
      return (error as ImpactError).problems.map(({ field, value, expected }) => `${field} is ${value}, expected ${expected}`);
    }
  };

  it('needs nothing, and treatment is as control where it says nothing', () => {
    expect(readScenario({})).toMatchObject({ requestsPerMinute: 50, minutes: 60, runs: 1, control: { errorRatePercent: 1 } });
    expect(readScenario({ control: { latencyMs: 40 } }).treatment.latencyMs).toBe(40);
  });

  it('says everything that is wrong with it', () => {
    expect(faults({ runs: 0.5, minute: 5, control: { errorRatePercent: 101, x: 1 }, treatment: 7 })).toEqual([
      'minute is 5, expected one of requestsPerMinute, requestsPerUser, minutes, seed, runs, errorRateThresholdPercent, latencyThresholdMs, metricDropThresholdPercent, control, treatment',
      'runs is 0.5, expected a whole number from 1 to 1000',
      'control.x is 1, expected one of errorRatePercent, latencyMs, metric',
      'treatment is 7, expected an object of errorRatePercent, latencyMs, metric',
      'control.errorRatePercent is 101, expected a number from 0 to 100',
      'treatment.errorRatePercent is 101, expected a number from 0 to 100',
    ]);
    expect(() => readScenario([])).toThrow('a scenario is an object of its fields');
  });
});
