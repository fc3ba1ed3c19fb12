/** The events behind a figure, and the way to each one's own story. */
import { useState } from 'preact/hooks';
import type { EventsAnswer } from '../../api/web/events.ts';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { figure, title, usd } from '../format.ts';
import { useAnswer } from '../use-answer.ts';
import { EventStory } from './lineage.tsx';
import { Scroll } from './scroll.tsx';
import { Empty, Shown } from './states.tsx';
import { Time } from './time.tsx';

type Props = { metric: string; feature?: string | undefined; tenant?: string | null | undefined; from: string; to: string; order?: string };

const LONGEST_MS = 31 * 86_400_000;
/** Raw events are listed for a month at most: the newest of a longer range. */
const begin = (from: string, to: string): string => new Date(Math.max(Date.parse(from), Date.parse(to) - LONGEST_MS)).toISOString();

export function EventTable({ metric, feature, tenant, from, to, order = 'newest' }: Props) {
  const view = useView();
  const [sorted, setSorted] = useState(order);
  const query = { metric, feature, tenant: tenant ?? view.tenant, from: begin(from, to), to, order: sorted, limit: 20 };
  const answer = useAnswer<EventsAnswer>(pathOf('/api/v1/events', query), []);
  return (
    <div class="stack">
      <label class="row small">
        Show{' '}
        <select value={sorted} onChange={({ currentTarget }) => setSorted(currentTarget.value)} style={{ width: 'auto' }}>
          <option value="newest">the newest</option>
          <option value="highest">the highest values</option>
          <option value="lowest">the lowest values</option>
        </select>
      </label>
      <Shown of={answer}>
        {({ events }) => (events.length === 0 ? <Empty title="No events in this range" /> : <Rows events={events} />)}
      </Shown>
    </div>
  );
}

function Rows({ events }: Pick<EventsAnswer, 'events'>) {
  const [chosen, choose] = useState<string | null>(null);
  return (
    <>
      {chosen !== null && <EventStory key={chosen} id={chosen} />}
      <Table events={events} chosen={chosen} choose={choose} />
    </>
  );
}

type TableProps = Pick<EventsAnswer, 'events'> & { chosen: string | null; choose: (id: string | null) => void };

function Table({ events, chosen, choose }: TableProps) {
  return (
    <Scroll label="Events">
      <table>
        <thead>
          <tr>
            <th>Time</th>
            <th>Tenant</th>
            <th>User</th>
            <th>Feature</th>
            <th class="right">Value</th>
            <th class="right">Worth</th>
            <th>Event</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.eventId} class={event.eventId === chosen ? 'chosen' : ''}>
              <td class="nowrap">
                <Time at={event.occurredAt} />
              </td>
              <td>{event.tenant}</td>
              <td>{event.userId ?? '–'}</td>
              <td>{title(event.feature)}</td>
              <td class="right">{figure(event.value)}</td>
              <td class="right">{usd(event.valueUsd)}</td>
              <td class="mono nowrap">
                <button
                  type="button"
                  class="why"
                  title={`What became of event ${event.eventId}`}
                  aria-expanded={event.eventId === chosen}
                  onClick={() => choose(event.eventId === chosen ? null : event.eventId)}
                >
                  {event.eventId.slice(0, 8)}…
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
