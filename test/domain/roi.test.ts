import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  churnValueMicros,
  coachingValueMicros,
  leadValueMicros,
  microsOfUsd,
  pricing,
  roiPercent,
  SECONDS_PER_YEAR,
  satisfactionValueMicros,
  usdOfMicros,
} from '../../src/domain/roi.ts';

const usd = (amount: number) => amount * 1e6;

describe('what an observation is worth', () => {
  it('values a lead answered in 25 s at 875 s of a $50 hour', () => {
    expect(leadValueMicros(25)).toBe(Math.round((usd(50) * 875) / 3600));
    expect(usdOfMicros(leadValueMicros(25))).toBe('12.152778');
  });

  it('values a lead at the baseline at nothing, and a slower one below it', () => {
    expect(leadValueMicros(900)).toBe(0);
    expect(leadValueMicros(1800)).toBe(usd(-12.5));
  });

  it('values churn outcomes so that their sum is $3,000 for each prevented churn', () => {
    // 100 leads at risk: 35 would have churned, 20 did, 15 were kept.
    const sum = 20 * churnValueMicros(true) + 80 * churnValueMicros(false);
    expect(sum).toBe(usd(15 * 3000));
  });

  it("values a coaching programme of 60 sessions as the seed's 40 h -> 20 h at $75", () => {
    expect(60 * coachingValueMicros(20)).toBe(usd((40 - 20) * 75));
    expect(usdOfMicros(coachingValueMicros(18))).toBe('27.500000');
  });

  it('values a year of 93 % satisfaction at five points of $5,000', () => {
    expect(satisfactionValueMicros(10, 930, SECONDS_PER_YEAR)).toBe(usd(25_000));
    expect(satisfactionValueMicros(10, 880, SECONDS_PER_YEAR)).toBe(0);
    expect(satisfactionValueMicros(0, 0, SECONDS_PER_YEAR)).toBe(0);
  });

  it('gives equal days the same share of the year', () => {
    expect(365 * satisfactionValueMicros(1, 93, 86_400)).toBeCloseTo(usd(25_000), -3);
  });

  it('agrees with the seed: $265K on $43.2K of cost is 513 %, $440K is 918 %', () => {
    expect(Math.floor(roiPercent(usd(265_000), usd(43_200)) ?? Number.NaN)).toBe(513);
    expect(Math.floor(roiPercent(usd(440_000), usd(43_200)) ?? Number.NaN)).toBe(918);
  });

  it('has no ROI without a cost', () => {
    expect(roiPercent(usd(1), 0)).toBeNull();
  });

  it('prices what the seeds price', () => {
    expect(pricing).toEqual({
      lead: { baselineSeconds: 900, targetSeconds: 30, agentUsdPerHour: 50 },
      property: { baselineScore: 88, targetScore: 93, usdPerPointYear: 5000 },
      churn: { baselineRate: 0.35, targetRate: 0.2, usdPerPreventedChurn: 3000 },
      coaching: { baselineMinutes: 40, targetMinutes: 20, trainerUsdPerHour: 75, baselineProductivity: 70, targetProductivity: 87 },
    });
  });
});

describe('decimal money', () => {
  it('is read exactly, also where a float would not be', () => {
    expect(microsOfUsd('24.50')).toBe(24_500_000);
    expect(microsOfUsd('0.1') + microsOfUsd('0.2')).toBe(microsOfUsd('0.3'));
    expect(microsOfUsd('-3')).toBe(-3_000_000);
  });

  it.each(['', '1e3', 'NaN', '1.0000001', ' 1', '0x1', '1,5', '9999999999'])('refuses %j', (text) => {
    expect(() => microsOfUsd(text)).toThrow(RangeError);
  });

  it('comes back as it went in', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }), (micros) => {
        expect(microsOfUsd(usdOfMicros(micros))).toBe(micros);
      }),
    );
  });
});
