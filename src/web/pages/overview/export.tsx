/** What is shown, as files. */
import type { ImpactFigures } from '../../../api/impact.ts';
import type { DaysAnswer } from '../../../api/web/trend.ts';
import { csvText, saveFile } from '../../save.ts';

type Props = { impact: ImpactFigures | null; days: DaysAnswer | null };

const flat = (impact: ImpactFigures): Record<string, unknown>[] =>
  impact.features.map(({ feature, n, valueUsd, costUsd, netUsd, roiPercent, annualisedValueUsd }) => ({
    feature,
    from: impact.period.from,
    to: impact.period.to,
    n,
    valueUsd,
    costUsd,
    netUsd,
    roiPercent,
    annualisedValueUsd,
  }));

const byDay = ({ days }: DaysAnswer): Record<string, unknown>[] =>
  days.map(({ date, n, valueUsd, costUsd, netUsd, roiPercent }) => ({ date, n, valueUsd, costUsd, netUsd, roiPercent }));

export function ExportFigures({ impact, days }: Props) {
  const day = new Date().toISOString().slice(0, 10);
  return (
    <div class="row">
      <button
        type="button"
        class="button"
        disabled={impact === null}
        onClick={() => impact && saveFile(`impact-features-${day}.csv`, 'text/csv', csvText(flat(impact)))}
      >
        Features as CSV
      </button>
      <button
        type="button"
        class="button"
        disabled={days === null}
        onClick={() => days && saveFile(`impact-days-${day}.csv`, 'text/csv', csvText(byDay(days)))}
      >
        Days as CSV
      </button>
      <button
        type="button"
        class="button"
        disabled={impact === null}
        onClick={() => impact && saveFile(`impact-${day}.json`, 'application/json', JSON.stringify({ impact, days }, null, 2))}
      >
        All as JSON
      </button>
    </div>
  );
}
