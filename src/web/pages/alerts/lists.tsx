/** Alerts that fire, and those that are over. */
import type { AlertsAnswer } from '../../../api/alerts.ts';
import { pathOf } from '../../ask.ts';
import { useView } from '../../context.ts';
import { inUnit, seconds } from '../../format.ts';
import { Severity } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Time, useNow } from '../../parts/time.tsx';
import { hrefWith } from '../../place.ts';
import { spanOf } from '../../range.ts';
import { useAnswer } from '../../use-answer.ts';
import { Silences } from '../silences.tsx';
import { Quiet } from './quiet.tsx';
import { subjectOf } from './subject.ts';
import { alertUnit } from './unit.ts';

type Alert = AlertsAnswer['alerts'][number];

function Row({ alert }: { alert: Alert }) {
  const now = useNow(30_000);
  const [opened, over] = [Date.parse(alert.openedAt), alert.resolvedAt === null ? now : Date.parse(alert.resolvedAt)];
  const text = (value: number | null): string => inUnit(value, alertUnit(alert));
  return (
    <tr>
      <td>
        <Severity of={alert.severity} />
      </td>
      <th scope="row">
        <a href={hrefWith({ alert: alert.id })} data-own>
          {alert.title}
        </a>
      </th>
      <td>{subjectOf(alert)}</td>
      <td class="right">{text(alert.value)}</td>
      <td class="right">
        {alert.comparison} {text(alert.threshold)}
      </td>
      <td class="nowrap">
        <Time at={alert.openedAt} />
      </td>
      <td class="right">{seconds(Math.max(0, Math.floor((over - opened) / 60_000)) * 60)}</td>
      <td>{alert.acknowledgedBy ?? <span class="soft">nobody</span>}</td>
    </tr>
  );
}

function Table({ alerts, label }: { alerts: readonly Alert[]; label: string }) {
  return (
    <Scroll label={label}>
      <table class="even">
        <thead>
          <tr>
            <th>Severity</th>
            <th>Alert</th>
            <th>Of</th>
            <th class="right">Last value</th>
            <th class="right">Limit</th>
            <th>Opened</th>
            <th class="right">Lasting</th>
            <th>Taken up by</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map((alert) => (
            <Row key={alert.id} alert={alert} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function AlertLists() {
  const { tenant, feature, range } = useView();
  const { from } = spanOf(range, Date.now());
  const firing = useAnswer<AlertsAnswer>(pathOf('/api/v1/alerts', { state: 'firing', tenant, feature, limit: 100 }), ['alerts', 'rules']);
  const past = useAnswer<AlertsAnswer>(pathOf('/api/v1/alerts', { state: 'resolved', tenant, feature, from, limit: 100 }), [
    'alerts',
    'rules',
  ]);
  return (
    <>
      <Card title="Firing">
        <Shown of={firing}>{({ alerts }) => (alerts.length === 0 ? <Quiet /> : <Table alerts={alerts} label="Firing alerts" />)}</Shown>
      </Card>
      <Silences />
      <Card title="Past" note="Opened in the chosen range; the youngest hundred">
        <Shown of={past}>
          {({ alerts }) =>
            alerts.length === 0 ? <Empty title="Nothing has fired in this range" /> : <Table alerts={alerts} label="Past alerts" />
          }
        </Shown>
      </Card>
    </>
  );
}
