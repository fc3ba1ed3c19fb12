/** The unit of an alert's values: percentages where its statistic makes them, else the metric's own. */
import { unitOf } from '../overview/features.tsx';

export const alertUnit = ({ statistic, metric }: { statistic: string; metric: string }): string =>
  statistic === 'percent' || statistic === 'roi' || metric.endsWith('_percent') ? '%' : statistic === 'count' ? 'events' : unitOf(metric);
