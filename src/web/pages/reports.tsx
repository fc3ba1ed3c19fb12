/** Reports: which come next, which were made and sent; reading, downloading, sending one. */
import type { ReportsAnswer } from '../../api/report-answer.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { hrefWith } from '../place.ts';
import { useAnswer } from '../use-answer.ts';
import { ReportReader } from './report-reader.tsx';

type Named = { kind: string; date: string; title: string };

const Link = ({ of }: { of: Named }) => (
  <a href={hrefWith({ kind: of.kind, date: of.date })} data-own>
    {of.title}
  </a>
);

const tones: Record<string, Tone> = { sent: 'good', pending: 'warn', skipped: 'none', dead: 'bad', made: 'good' };

function Next({ next }: Pick<ReportsAnswer, 'next'>) {
  if (next.length === 0) return <Empty title="No report is due" />;
  return (
    <ul class="list">
      {next.map((one) => (
        <li key={`${one.kind} ${one.date}`} class="stack">
          <span class="row spread">
            <b>{title(one.kind)}</b> <Time at={one.dueAt} />
          </span>
          <span class="small soft break">
            {one.title}, to {one.recipients.length === 0 ? 'nobody: no recipient is configured' : one.recipients.join(', ')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Sends({ sends }: Pick<ReportsAnswer, 'sends'>) {
  if (sends.length === 0) return <Empty title="Nothing was sent yet" />;
  return (
    <Scroll label="Sent reports">
      <table>
        <thead>
          <tr>
            <th>Report</th>
            <th>Sent</th>
            <th>By</th>
            <th>To</th>
          </tr>
        </thead>
        <tbody>
          {sends.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                <Link of={one} />
              </th>
              <td class="nowrap">
                <Time at={one.sentAt} />
              </td>
              <td>{one.sentBy}</td>
              <td>
                {one.deliveries.map(({ key, channel, target, state, error }) => (
                  <div key={key} class="row">
                    {channel} {target} <Badge tone={tones[state] ?? 'none'}>{state}</Badge>
                    {error && <span class="small bad">{error}</span>}
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Runs({ runs }: Pick<ReportsAnswer, 'runs'>) {
  if (runs.length === 0) return <Empty title="The clock has made none yet">The stage “schedule” makes them at their times.</Empty>;
  return (
    <Scroll label="Made by the clock">
      <table>
        <thead>
          <tr>
            <th>Report</th>
            <th>Due</th>
            <th>Made</th>
            <th>Outcome</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((one) => (
            <tr key={`${one.kind} ${one.date}`}>
              <th scope="row">
                <Link of={one} />
              </th>
              <td class="nowrap">
                <Time at={one.dueAt} />
              </td>
              <td class="nowrap">
                <Time at={one.runAt} />
              </td>
              <td>
                <Badge tone={tones[one.outcome] ?? 'none'}>{one.outcome}</Badge> <span class="small soft">{one.reason}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function Reports() {
  const { me } = useView();
  const answer = useAnswer<ReportsAnswer>('/api/v1/reports', []);
  return (
    <>
      <div class="head">
        <div>
          <h1>Reports</h1>
          <p>What is told to whom, and when</p>
        </div>
      </div>
      <div class="grid">
        <ReportReader onSent={answer.reload} />
        <div class="w4 stack">
          {me.tenant === null && (
            <Card title="Next">
              <Shown of={answer}>{({ next }) => <Next next={next} />}</Shown>
            </Card>
          )}
        </div>
        <Card title="Sent" class="w6">
          <Shown of={answer}>{({ sends }) => <Sends sends={sends} />}</Shown>
        </Card>
        {me.tenant === null && (
          <Card title="Made by the clock" class="w6">
            <Shown of={answer}>{({ runs }) => <Runs runs={runs} />}</Shown>
          </Card>
        )}
      </div>
    </>
  );
}
