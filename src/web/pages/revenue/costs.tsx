/** What it costs, by category, and how that is known. */
import type { RoiFigures } from '../../../api/roi-answer.ts';
import { percent, title, usd } from '../../format.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Why } from '../../parts/why.tsx';
import type { Answered } from '../../use-answer.ts';

const words = { event: 'reported', manual: 'by hand', recurring: 'estimated' } as const;

const meanings = {
  event: 'The sum of the cost events of this category. Below stand the cost events of the period, of all categories.',
  manual: 'Entered by hand, or imported from an invoice: impact costs list shows each entry, who made it, and why.',
  recurring: 'The agreed amount for each day for which nothing was reported.',
} as const;

/** Whole days, as moments; a few hours of another zone more or less do not hide an event. */
const spanOfDays = ({ from, to }: RoiFigures['period']) => ({ from: `${from}T00:00:00.000Z`, to: `${to}T23:59:59.999Z` });

export function Costs({ roi }: { roi: Answered<RoiFigures> }) {
  return (
    <Card title="Costs by category" note="An estimate stands only where nothing was reported for that day" class="w5">
      <Shown of={roi} height={160}>
        {({ costs, total, notes, period, calculationVersion }) =>
          costs.length === 0 ? (
            <Empty title="No costs in this range" />
          ) : (
            <>
              <Scroll label="Costs by category">
                <table>
                  <thead>
                    <tr>
                      <th>Category</th>
                      <th>Known by</th>
                      <th class="right">Amount</th>
                      <th class="right">Share</th>
                    </tr>
                  </thead>
                  <tbody>
                    {costs.map(({ category, provenance, amountUsd }) => (
                      <tr key={`${category} ${provenance}`}>
                        <th scope="row">{title(category)}</th>
                        <td>
                          <Badge tone={provenance === 'recurring' ? 'warn' : 'none'}>{words[provenance]}</Badge>
                        </td>
                        <td class="right">
                          <Why
                            of={{
                              title: `Costs: ${title(category)}`,
                              text: meanings[provenance],
                              parts: [
                                ['Amount', usd(amountUsd)],
                                ['Period', `${period.from} to ${period.to}, days of ${period.timeZone}`],
                                ['Formulas', `version ${calculationVersion}`],
                              ],
                              api: roi.path,
                              ...(provenance === 'event' ? { behind: { metric: 'cost_usd', ...spanOfDays(period) } } : {}),
                            }}
                          >
                            {usd(amountUsd)}
                          </Why>
                        </td>
                        <td class="right">
                          {Number(total.costUsd) > 0 ? percent((100 * Number(amountUsd)) / Number(total.costUsd)) : '–'}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
              {notes.map((note) => (
                <p key={note} class="small soft">
                  {note}
                </p>
              ))}
            </>
          )
        }
      </Shown>
    </Card>
  );
}
