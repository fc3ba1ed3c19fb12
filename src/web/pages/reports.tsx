/** Reports: which come next, which were made and sent; reading, downloading, sending one. */
import type { ReportsAnswer } from '../../api/report-answer.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { hrefWith } from '../place.ts';
import { useAnswer } from '../use-answer.ts';
import { ReportChoice, ReportReader } from './report-reader.tsx';

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
    <ul class="list">
      {sends.map((one) => (
        <li key={one.id} class="stack tight">
          <Link of={one} />
          <span class="small soft">
            {one.sentBy}, <Time at={one.sentAt} />
          </span>
          {one.deliveries.map(({ key, channel, target, state, error }) => (
            <span key={key} class="small break">
              {title(channel)} to {target} <Badge tone={tones[state] ?? 'none'}>{state}</Badge>
              {error && <span class="bad"> {error}</span>}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

function Runs({ runs }: Pick<ReportsAnswer, 'runs'>) {
  if (runs.length === 0) return <Empty title="The clock has made none yet">The stage “schedule” makes them at their times.</Empty>;
  return (
    <ul class="list">
      {runs.map((one) => (
        <li key={`${one.kind} ${one.date}`} class="stack tight">
          <span class="row spread top">
            <Link of={one} />
            <Badge tone={tones[one.outcome] ?? 'none'}>{one.outcome}</Badge>
          </span>
          <span class="small soft">
            due <Time at={one.dueAt} />
            {one.reason === '' ? '' : `: ${one.reason}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Reports() {
  const { me } = useView();
  const answer = useAnswer<ReportsAnswer>('/api/v1/reports', ['messages']);
  const everything = me.tenant === null;
  return (
    <>
      <div class="head unprinted">
        <div>
          <h1>Reports</h1>
          <p>What is told to whom, and when; each as the figures stand now</p>
        </div>
      </div>
      <div class="grid">
        <div class="w8 stack parts">
          <ReportChoice onSent={answer.reload} />
          <ReportReader />
        </div>
        <div class="w4 stack parts unprinted">
          {everything && (
            <Card title="Next">
              <Shown of={answer}>{({ next }) => <Next next={next} />}</Shown>
            </Card>
          )}
          <Card title="Sent">
            <Shown of={answer}>{({ sends }) => <Sends sends={sends} />}</Shown>
          </Card>
          {everything && (
            <Card title="Made by the clock">
              <Shown of={answer}>{({ runs }) => <Runs runs={runs} />}</Shown>
            </Card>
          )}
        </div>
      </div>
    </>
  );
}
