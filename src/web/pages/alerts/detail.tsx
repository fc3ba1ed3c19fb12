/** One alert: how it went, the chart around it, the events behind it, and its rule. */
import type { AlertAnswer } from '../../../api/alerts.ts';
import type { SeriesFigures } from '../../../api/series.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { inUnit, title, whole } from '../../format.ts';
import { Severity } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { EventTable } from '../../parts/events.tsx';
import { Plot } from '../../parts/plot.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { hrefWith } from '../../place.ts';
import { useAnswer } from '../../use-answer.ts';
import { AlertActions } from './actions.tsx';
import { subjectOf } from './subject.ts';
import { alertUnit } from './unit.ts';

const AROUND_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** An hour before it opened until an hour after it ended, or until now. */
function spanAround({ openedAt, resolvedAt }: AlertAnswer): { from: string; to: string } {
  const opened = Date.parse(openedAt);
  const ended = resolvedAt === null ? Date.now() : Date.parse(resolvedAt) + AROUND_MS;
  const to = Math.ceil(Math.min(Date.now(), ended) / MINUTE_MS) * MINUTE_MS;
  return {
    from: new Date(Math.max(opened - AROUND_MS, to - 7 * DAY_MS)).toISOString(),
    to: new Date(Math.max(to, opened + MINUTE_MS)).toISOString(),
  };
}

/** Errors and other shares are drawn in percent where the alert speaks of percent. */
const scaleOf = ({ statistic }: AlertAnswer): number => (statistic === 'percent' ? 100 : 1);
const aggregates: Record<string, string> = { mean: 'mean', sum: 'sum', count: 'count', min: 'min', max: 'max', percent: 'mean' };

function Around({ alert }: { alert: AlertAnswer }) {
  const { metric, tenant, feature, statistic } = alert;
  const aggregate = aggregates[statistic];
  const path =
    aggregate === undefined
      ? null
      : pathOf('/api/v1/series', { metric, tenant, feature: feature === 'platform' ? null : feature, aggregate, ...spanAround(alert) });
  const answer = useAnswer<SeriesFigures>(path);
  if (path === null)
    return <Empty title="No chart">{title(metric)} is computed from the stored history, and is not a series of its own.</Empty>;
  const scale = scaleOf(alert);
  return (
    <Shown of={answer} height={240}>
      {({ series }) => (
        <Plot
          label={`${title(metric)} around the alert`}
          lines={[
            {
              label: title(metric),
              color: 1,
              area: true,
              points: (series[0]?.points ?? []).map(({ at, value }) => ({ at, value: value === null ? null : value * scale })),
            },
          ]}
          levels={[{ label: `limit ${inUnit(alert.threshold, alertUnit(alert))}`, value: alert.threshold, tone: 'bad' }]}
          marks={[
            { at: Date.parse(alert.openedAt), label: 'opened' },
            ...(alert.resolvedAt === null ? [] : [{ at: Date.parse(alert.resolvedAt), label: 'resolved' }]),
          ]}
          format={(value) => inUnit(value, alertUnit(alert))}
          height={240}
        />
      )}
    </Shown>
  );
}

function Transitions({ alert }: { alert: AlertAnswer }) {
  return (
    <ol class="timeline">
      {alert.transitions.map((one) => (
        <li key={one.transitionId}>
          <span class="row">
            <b>{title(one.transition)}</b> <Severity of={one.severity} />
          </span>
          <span class="small">
            {inUnit(one.value, alertUnit(alert))} in {whole(one.n)} observations, limit {inUnit(one.threshold, alertUnit(alert))}
          </span>
          <span class="small soft">
            <Time at={one.windowEnd} />
            {one.reason === null ? '' : `, ${one.reason}`}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function AlertDetail({ id }: { id: string }) {
  const { me } = useView();
  const answer = useAnswer<AlertAnswer>(`/api/v1/alerts/${encodeURIComponent(id)}`, ['alerts']);
  return (
    <Shown of={answer} height={320}>
      {(alert) => (
        <div class="grid">
          <Card
            title={`${alert.title} of ${subjectOf(alert)}`}
            class="w8"
            action={
              <span class="row">
                <Severity of={alert.severity} />
                {alert.resolvedAt === null ? 'firing' : 'resolved'}
              </span>
            }
          >
            <p class="soft">
              {title(alert.metric)} {alert.resolvedAt === null ? 'is' : 'was'} {alert.comparison}{' '}
              {inUnit(alert.threshold, alertUnit(alert))} since <Time at={alert.openedAt} />
              {alert.resolvedAt !== null && (
                <>
                  {' '}
                  until <Time at={alert.resolvedAt} />
                </>
              )}
              ; last {inUnit(alert.value, alertUnit(alert))}.{' '}
              <a href={hrefWith({ tab: 'rules', rule: alert.rule, alert: null })} data-own>
                The rule
              </a>
              {alert.runbook.startsWith('http') && (
                <>
                  {' · '}
                  <a href={alert.runbook}>Runbook</a>
                </>
              )}
            </p>
            <Around alert={alert} />
            <AlertActions alert={alert} me={me} onDone={answer.reload} />
          </Card>
          <Card title="How it went" class="w4 short">
            <Transitions alert={alert} />
          </Card>
          <Card title="Events behind it" note="Of the time around it">
            <EventTable
              metric={alert.metric}
              feature={alert.feature ?? undefined}
              tenant={alert.tenant}
              order={alert.comparison === 'above' ? 'highest' : 'lowest'}
              {...spanAround(alert)}
            />
          </Card>
        </div>
      )}
    </Shown>
  );
}
