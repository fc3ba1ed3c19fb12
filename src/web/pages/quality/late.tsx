/** Events that came too late for their window. They still correct the figures. */
import type { QualityAnswer } from '../../../api/web/quality.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { seconds, title, whole } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Ago } from '../../parts/time.tsx';
import { spanOf } from '../../range.ts';
import { type Answered, useAnswer } from '../../use-answer.ts';

/** Of the chosen range; both cards ask the same, so the browser asks once. */
export function useQuality(): Answered<QualityAnswer> {
  const { tenant, range } = useView();
  const { from } = spanOf(range, Math.floor(Date.now() / 60_000) * 60_000);
  return useAnswer<QualityAnswer>(pathOf('/api/v1/data-quality', { tenant, from }), ['quality', 'data']);
}

export function Late() {
  const answer = useQuality();
  return (
    <Card title="Late events" note="Too late for a window; the figures were corrected all the same" class="w5">
      <Shown of={answer} height={180}>
        {({ late }) =>
          late.length === 0 ? (
            <Empty title="Nothing came late in this range" />
          ) : (
            <Scroll label="Late events">
              <table>
                <thead>
                  <tr>
                    <th>Stage</th>
                    <th>Feature</th>
                    <th class="right">Events</th>
                    <th class="right">Late by</th>
                    <th>Last</th>
                  </tr>
                </thead>
                <tbody>
                  {late.map((row) => (
                    <tr key={`${row.stage} ${row.feature}`}>
                      <td>{title(row.stage)}</td>
                      <td>{row.feature === '' ? '–' : title(row.feature)}</td>
                      <td class="right">{whole(row.n)}</td>
                      <td class="right">
                        {seconds(row.medianSeconds)}
                        <div class="soft small">up to {seconds(row.worstSeconds)}</div>
                      </td>
                      <td class="nowrap">
                        <Ago at={row.lastAt} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Shown>
    </Card>
  );
}
