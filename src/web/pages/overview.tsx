/** What everything is worth, how it does, and what is wrong: the page that an executive opens. */
import type { AlertsAnswer } from '../../api/alerts.ts';
import type { ImpactFigures } from '../../api/impact.ts';
import type { DaysAnswer } from '../../api/web-trend.ts';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { Freshness } from '../parts/freshness.tsx';
import { Shown } from '../parts/states.tsx';
import { ranges } from '../range.ts';
import { useAnswer } from '../use-answer.ts';
import { ActiveAlerts } from './overview-alerts.tsx';
import { ExportFigures } from './overview-export.tsx';
import { FeatureBreakdown } from './overview-features.tsx';
import { HealthCard } from './overview-health.tsx';
import { useAdoption, usePerformance } from './overview-measures.ts';
import { PerformanceCard } from './overview-performance.tsx';
import { Summary } from './overview-summary.tsx';
import { Trend } from './overview-trend.tsx';

/** The figures of the range; an hour says nothing about ROI, so the day stands in. */
export function useImpact() {
  const { range, tenant } = useView();
  return useAnswer<ImpactFigures>(pathOf('/api/v1/business-impact/current', { period: ranges[range].period ?? 'last24h', tenant }));
}

export function Overview() {
  const { tenant, range } = useView();
  const impact = useImpact();
  const days = useAnswer<DaysAnswer>(pathOf('/api/v1/business-impact/days', { tenant }));
  const firing = useAnswer<AlertsAnswer>(pathOf('/api/v1/alerts', { state: 'firing', tenant, limit: 100 }), ['alerts']);
  const performance = usePerformance();
  const adoption = useAdoption();
  const period = ranges[range].period === null ? 'last 24 hours' : ranges[range].label.toLowerCase();
  return (
    <>
      <div class="head">
        <div>
          <h1>Overview</h1>
          <p>What the features are worth and how they do, {period}</p>
        </div>
        <ExportFigures impact={impact.data} days={days.data} />
      </div>
      <Freshness through={impact.data?.dataThrough} loaded={impact.data !== null} />
      <Shown of={impact} height={120}>
        {(figures) => <Summary figures={figures} path={impact.path} days={days.data} />}
      </Shown>
      <div class="grid">
        <HealthCard impact={impact.data} performance={performance} adoption={adoption} firing={firing.data} />
        <Trend days={days} />
        <FeatureBreakdown impact={impact} adoption={adoption} />
        <ActiveAlerts firing={firing} />
        <PerformanceCard performance={performance} />
      </div>
    </>
  );
}
