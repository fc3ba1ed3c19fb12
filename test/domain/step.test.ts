import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finestStep, stepEdges, stepMs, steps } from '../../src/domain/step.ts';

const at = (text: string): number => Date.parse(text);
const iso = (edges: number[]): string[] => edges.map((edge) => new Date(edge).toISOString().slice(0, 16));

describe('the steps of a series', () => {
  it('widen the range to whole steps', () => {
    expect(iso(stepEdges('15m', at('2026-01-11T10:07:00Z'), at('2026-01-11T10:31:00Z'), 'UTC'))).toEqual([
      '2026-01-11T10:00',
      '2026-01-11T10:15',
      '2026-01-11T10:30',
      '2026-01-11T10:45',
    ]);
  });

  it('begin anew at local midnight, so a day of 23 hours ends with a short step', () => {
    expect(iso(stepEdges('6h', at('2026-03-08T05:00:00Z'), at('2026-03-09T08:00:00Z'), 'America/New_York'))).toEqual([
      '2026-03-08T05:00',
      '2026-03-08T11:00',
      '2026-03-08T17:00',
      '2026-03-08T23:00',
      '2026-03-09T04:00',
      '2026-03-09T10:00',
    ]);
  });

  it('follow the calendar for days, weeks from Monday, months and years', () => {
    expect(iso(stepEdges('1d', at('2026-03-07T12:00:00Z'), at('2026-03-09T12:00:00Z'), 'America/New_York'))).toEqual([
      '2026-03-07T05:00',
      '2026-03-08T05:00',
      '2026-03-09T04:00',
      '2026-03-10T04:00',
    ]);
    expect(iso(stepEdges('1w', at('2026-01-11T00:00:00Z'), at('2026-01-12T00:00:00Z'), 'UTC'))).toEqual([
      '2026-01-05T00:00',
      '2026-01-12T00:00',
    ]);
    expect(iso(stepEdges('1mo', at('2026-01-31T00:00:00Z'), at('2026-02-02T00:00:00Z'), 'UTC'))).toEqual([
      '2026-01-01T00:00',
      '2026-02-01T00:00',
      '2026-03-01T00:00',
    ]);
    expect(iso(stepEdges('1y', at('2025-06-01T00:00:00Z'), at('2026-01-01T00:00:00Z'), 'UTC'))).toEqual([
      '2025-01-01T00:00',
      '2026-01-01T00:00',
    ]);
  });

  it('rise, hold the whole range, waste no step, and are never longer than they say', () => {
    const start = fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2036, 0, 1) });
    const zone = fc.constantFrom('UTC', 'Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe', 'America/Sao_Paulo');
    fc.assert(
      fc.property(fc.constantFrom(...steps), start, fc.integer({ min: 1, max: 200 }), zone, (step, from, points, where) => {
        const to = from + points * Math.min(stepMs[step], stepMs['1d']);
        const edges = stepEdges(step, from, to, where);
        expect(edges[0]).toBeLessThanOrEqual(from);
        expect(edges[1]).toBeGreaterThan(from);
        expect(edges.at(-1)).toBeGreaterThanOrEqual(to);
        expect(edges.at(-2)).toBeLessThan(to);
        edges.slice(1).forEach((edge, i) => {
          expect(edge).toBeGreaterThan(edges[i] ?? 0);
          if (stepMs[step] < stepMs['1d']) expect(edge - (edges[i] ?? 0)).toBeLessThanOrEqual(stepMs[step]);
        });
      }),
    );
  });

  it('are by default the finest that give a readable number of points', () => {
    const from = at('2026-01-01T00:00:00Z');
    expect([
      finestStep(from, from + 3_600_000, 200),
      finestStep(from, from + 86_400_000, 200),
      finestStep(from, from + 30 * 86_400_000, 200),
    ]).toEqual(['1m', '10m', '4h']);
    expect(finestStep(0, 1e14, 200)).toBe('1y');
  });
});
