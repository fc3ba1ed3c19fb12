/** What fires at this moment, what has just been, and what is watched. */
import type { AlertsAnswer } from '../../../api/alerts.ts';
import { inUnit, seconds } from '../../format.ts';
import { Severity } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Shown } from '../../parts/states.tsx';
import { Ago } from '../../parts/time.tsx';
import { hrefOf } from '../../place.ts';
import type { Answered } from '../../use-answer.ts';
import { Quiet, usePast, Watched } from '../alerts/quiet.tsx';
import { subjectOf } from '../alerts/subject.ts';
import { alertUnit } from '../alerts/unit.ts';

type Alert = AlertsAnswer['alerts'][number];

/** Rows in all: as many as the measures beside them. */
const ROWS = 6;

function Row({ alert, children }: { alert: Alert; children: preact.ComponentChildren }) {
  return (
    <li class="stack tight">
      <span class="row spread top">
        <span>
          <a href={hrefOf('/alerts', { alert: alert.id })} data-own>
            {alert.title}
          </a>{' '}
          <span class="soft">of {subjectOf(alert)}</span>
        </span>
        <Severity of={alert.severity} />
      </span>
      <span class="soft small number">{children}</span>
    </li>
  );
}

function Firing({ alert }: { alert: Alert }) {
  const text = (value: number | null): string => inUnit(value, alertUnit(alert));
  return (
    <Row alert={alert}>
      {text(alert.value)}, limit {text(alert.threshold)}; <Ago at={alert.openedAt} />,{' '}
      {alert.acknowledgedBy === null ? 'not taken up' : `taken up by ${alert.acknowledgedBy}`}
    </Row>
  );
}

function Over({ alert }: { alert: Alert }) {
  const [opened, ended] = [Date.parse(alert.openedAt), Date.parse(alert.resolvedAt ?? alert.openedAt)];
  return (
    <Row alert={alert}>
      lasted {seconds(Math.max(0, Math.round((ended - opened) / 1000)))}, over <Ago at={ended} />
    </Row>
  );
}

/** Below what fires: what is over, and then what is watched, as far as there is room. */
function Rest({ room }: { room: number }) {
  const over = usePast(ROWS)?.slice(0, Math.max(0, room)) ?? [];
  return (
    <>
      {over.length > 0 && (
        <>
          <h3>Lately over</h3>
          <ul class="list">
            {over.map((alert) => (
              <Over key={alert.id} alert={alert} />
            ))}
          </ul>
        </>
      )}
      <Watched room={room - over.length} />
    </>
  );
}

export function ActiveAlerts({ firing }: { firing: Answered<AlertsAnswer> }) {
  return (
    <Card
      title="Active alerts"
      class="w5"
      action={
        <a href={hrefOf('/alerts')} data-own>
          All alerts
        </a>
      }
    >
      <Shown of={firing} height={330}>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <Quiet room={ROWS - 1} />
          ) : (
            <>
              <ul class="list">
                {alerts.slice(0, ROWS).map((alert) => (
                  <Firing key={alert.id} alert={alert} />
                ))}
              </ul>
              {alerts.length > ROWS && <p class="small soft">and {alerts.length - ROWS} more</p>}
              <Rest room={ROWS - 2 - alerts.length} />
            </>
          )
        }
      </Shown>
    </Card>
  );
}
