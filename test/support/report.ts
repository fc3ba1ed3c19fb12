/** Figures of a report for tests; a test changes what it is about. */
import type { ReportFeature, ReportFigures } from '../../src/domain/report/figures.ts';
import { daysOf } from '../../src/domain/report/period.ts';
import { annualTargetUsd, keyMetrics } from '../../src/domain/target.ts';

const usd = (amount: number): number => Math.round(amount * 1e6);

const feature = (name: keyof typeof keyMetrics, value: number, previous: number, changes: Partial<ReportFeature> = {}): ReportFeature => ({
  feature: name,
  uses: 412,
  valueUsdMicros: usd(value),
  costUsdMicros: usd(24.5),
  previousValueUsdMicros: usd(previous),
  causal: null,
  annualTargetUsd: annualTargetUsd[name],
  keyMetric: { ...keyMetrics[name], mean: keyMetrics[name].target, met: true },
  ...changes,
});

/** A week of business that goes well: $6,520 on $828.50, 687 %. */
export function figuresOf(changes: Partial<ReportFigures> = {}): ReportFigures {
  const period = { from: '2026-01-05', to: '2026-01-12' };
  return {
    kind: 'weekly',
    period,
    previous: { from: '2025-12-29', to: '2026-01-05' },
    zone: 'UTC',
    at: Date.UTC(2026, 0, 12, 10),
    complete: true,
    elapsedDays: 7,
    tenantId: null,
    roi: { targetPercent: 710, warningPercent: 500, criticalPercent: 200 },
    total: { valueUsdMicros: usd(6520), costUsdMicros: usd(828.5) },
    previousTotal: { valueUsdMicros: usd(6100.25), costUsdMicros: usd(820) },
    days: daysOf({ from: '2025-12-15', to: '2026-01-12' }).map((day, i) => ({
      day,
      valueUsdMicros: usd(i % 7 > 4 ? 60 : 900 + i * 12),
      costUsdMicros: usd(118.36),
    })),
    features: [
      feature('realtime_intelligence', 2100, 2050, {
        causal: { valueUsdMicros: usd(1800), lowUsdMicros: usd(900), highUsdMicros: usd(2700) },
      }),
      feature('property_intelligence', 1620, 1650),
      feature('churn_prevention', 1400, 1100, { keyMetric: { ...keyMetrics.churn_prevention, mean: 0.22, met: false } }),
      feature('ai_coaching', 1400, 1300.25),
    ],
    costs: [
      { category: 'infrastructure', provenance: 'events', amountUsdMicros: usd(515), previousUsdMicros: usd(510) },
      { category: 'anthropic_api', provenance: 'manual', amountUsdMicros: usd(313.5), previousUsdMicros: usd(310) },
    ],
    targets: [
      {
        metric: 'websocket_latency_ms',
        title: 'WebSocket latency',
        unit: 'ms',
        better: 'lower',
        target: 50,
        warning: 100,
        critical: 200,
        actual: 41.27,
      },
      { metric: 'error_rate_percent', title: 'Error rate', unit: '%', better: 'lower', target: 1, warning: 2, critical: 5, actual: 1.4 },
      { metric: 'uptime_percent', title: 'Uptime', unit: '%', better: 'higher', target: 99.9, warning: 99.5, critical: 99, actual: null },
    ],
    experiments: [
      {
        feature: 'realtime_intelligence',
        stage: 'beta_25',
        metric: 'response_time_seconds',
        units: { control: 210, treatment: 207 },
        lift: -0.91,
        liftInterval: [-0.95, -0.85],
        recommendation: 'roll_forward',
        reason: 'Every goal is better.',
      },
    ],
    rollouts: [
      { flagId: 'realtime_intelligence', featureId: 'realtime_intelligence', stage: 'beta_25' },
      { flagId: 'ai_coaching', featureId: 'ai_coaching', stage: 'ga' },
    ],
    stageChanges: [
      {
        flagId: 'realtime_intelligence',
        featureId: 'realtime_intelligence',
        at: Date.UTC(2026, 0, 7, 9, 30),
        by: 'ann',
        reason: 'ROI is positive',
        from: 'beta_10',
        to: 'beta_25',
      },
    ],
    alerts: [
      {
        id: 'error-rate-1',
        rule: 'error-rate',
        title: 'Error rate',
        severity: 'warning',
        firing: false,
        tenant: '',
        feature: '',
        value: 2.6,
        threshold: 2,
        openedAt: Date.UTC(2026, 0, 8, 14, 3),
      },
    ],
    quality: {
      sources: [
        { source: 'lead-intelligence', n: 412, previousN: 400 },
        { source: 'ai-coaching', n: 120, previousN: 118 },
      ],
      late: 3,
      deadLetters: [],
      dataThrough: Date.UTC(2026, 0, 12, 9, 59),
    },
    outlook: null,
    notes: [],
    ...changes,
  };
}

/** Names as nobody should choose them. */
export const hostileName = `<script>alert('x')</script>|*_\`[a](javascript:b)"&\n# heading`;
