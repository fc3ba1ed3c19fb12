/** What everything is worth, how it does, and what is wrong: the page that an executive opens. */
import { useEffect } from 'preact/hooks';
import type { AlertsAnswer } from '../../api/alerts.ts';
import type { ImpactFigures } from '../../api/impact.ts';
import type { PerformanceAnswer } from '../../api/performance.ts';
import type { AdoptionAnswer } from '../../api/web/adoption.ts';
import type { DaysAnswer } from '../../api/web/trend.ts';
import { useView } from '../context.ts';
import { Freshness } from '../parts/freshness.tsx';
import { Shown } from '../parts/states.tsx';
import { ranges } from '../range.ts';
import { useAnswer } from '../use-answer.ts';
import { ActiveAlerts } from './overview/alerts.tsx';
import { ExportFigures } from './overview/export.tsx';
import { FeatureBreakdown } from './overview/features.tsx';
import { HealthCard } from './overview/health.tsx';
import { impactPath, overviewPaths } from './overview/paths.ts';
import { PerformanceCard } from './overview/performance.tsx';
import { Summary, SummaryAwaited } from './overview/summary.tsx';
import { Trend } from './overview/trend.tsx';

/** The figures of the range. */
export function useImpact() {
  const { range, tenant } = useView();
  return useAnswer<ImpactFigures>(impactPath(range, tenant));
}

function useFigures() {
  const { range, tenant } = useView();
  const paths = overviewPaths(range, tenant);
  return {
    impact: useImpact(),
    days: useAnswer<DaysAnswer>(paths.days, ['data'], 15_000),
    services: useAnswer<PerformanceAnswer>(paths.performance, ['data'], 15_000),
    adoption: useAnswer<AdoptionAnswer>(paths.adoption, ['data'], 60_000),
    firing: useAnswer<AlertsAnswer>(paths.firing, ['alerts']),
  };
}

export function Overview() {
  const { range } = useView();
  const figures = useFigures();
  const { impact, days, services, adoption, firing } = figures;
  const there = Object.values(figures).every(({ data }) => data !== null);
  useEffect(() => {
    // For those who measure how long it takes: the figures stand.
    if (there) performance.mark('figures');
  }, [there]);
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
      <Shown of={impact} awaited={<SummaryAwaited />}>
        {(known) => <Summary figures={known} path={impact.path} days={days.data} />}
      </Shown>
      <div class="grid">
        <HealthCard impact={impact.data} services={services.data} adoption={adoption.data} firing={firing.data} />
        <Trend days={days} />
        <FeatureBreakdown impact={impact} adoption={adoption} />
        <ActiveAlerts firing={firing} />
        <PerformanceCard services={services} />
      </div>
    </>
  );
}
