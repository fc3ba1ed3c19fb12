/** Rebuilding the past: a dry run first, then the replay with its progress, and those that were. */
import { useEffect } from 'preact/hooks';
import type { ReplaysAnswer } from '../../api/web/replays.ts';
import { useView } from '../context.ts';
import { seconds, title, whole } from '../format.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Meter } from '../parts/meter.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { useAnswer } from '../use-answer.ts';
import { ReplayForm } from './replay-form.tsx';

const POLL_MS = 1_000;
const tones: Record<string, Tone> = { done: 'good', building: 'warn', cancelled: 'none', failed: 'bad', running: 'warn' };

function Job({ job }: { job: NonNullable<ReplaysAnswer['job']> }) {
  const { progress } = job;
  return (
    <div class="stack" role="status">
      <span class="row">
        <Badge tone={tones[job.state] ?? 'none'}>{job.state}</Badge> by {job.by}, <Ago at={job.startedAt} />
      </span>
      {progress && job.state === 'running' && (
        <>
          <Meter value={progress.done} of={progress.total} label="Progress of the replay" />
          <span class="small soft number">
            {title(progress.phase)} {progress.day ?? ''}: {whole(progress.done)} of {whole(progress.total)}
            {progress.etaMs === null ? '' : `, ${seconds(Math.ceil(progress.etaMs / 1000))} left`}
          </span>
        </>
      )}
      {job.error && <p class="fault">{job.error}</p>}
    </div>
  );
}

function Past({ replays }: Pick<ReplaysAnswer, 'replays'>) {
  if (replays.length === 0) return <Empty title="Nothing was replayed yet" />;
  return (
    <Scroll label="Replays">
      <table>
        <thead>
          <tr>
            <th>Days</th>
            <th>Of</th>
            <th>Source</th>
            <th>State</th>
            <th class="right">Days done</th>
            <th>Begun</th>
          </tr>
        </thead>
        <tbody>
          {replays.map((one) => (
            <tr key={one.id}>
              <td class="nowrap">
                {one.from} – {one.to}
              </td>
              <td>{[one.tenant ?? 'all tenants', one.feature === null ? null : title(one.feature)].filter(Boolean).join(' · ')}</td>
              <td>{title(one.source)}</td>
              <td>
                <Badge tone={tones[one.state] ?? 'none'}>{one.state}</Badge>
              </td>
              <td class="right">
                {whole(one.daysDone)} of {whole(one.days)}
              </td>
              <td class="nowrap">
                <Ago at={one.startedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function Replays() {
  const { me } = useView();
  const answer = useAnswer<ReplaysAnswer>(me.tenant === null ? '/api/v1/replays' : null, []);
  const running = answer.data?.job?.state === 'running' || answer.data?.replays.some(({ state }) => state === 'building');
  const { reload } = answer;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(reload, POLL_MS);
    return () => clearInterval(timer);
  }, [running, reload]);
  if (me.tenant !== null) return <Empty title="Replays concern every tenant">This token belongs to {me.tenant}.</Empty>;
  return (
    <div class="grid">
      <ReplayForm running={running ?? false} onStarted={reload} />
      <Card title="Progress" class="w5 short">
        <Shown of={answer}>{({ job }) => (job === null ? <Empty title="This process runs none" /> : <Job job={job} />)}</Shown>
      </Card>
      <Card title="Replays">
        <Shown of={answer}>{({ replays }) => <Past replays={replays} />}</Shown>
      </Card>
    </div>
  );
}
