/** What fires at this moment. */
import type { AlertsAnswer } from '../../../api/alerts.ts';
import { inUnit, title } from '../../format.ts';
import { Severity } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Ago } from '../../parts/time.tsx';
import { hrefOf } from '../../place.ts';
import type { Answered } from '../../use-answer.ts';
import { alertUnit } from '../alerts/unit.ts';

const SHOWN = 6;

/** "platform", or whose it is. */
export const subjectOf = ({ tenant, feature }: { tenant: string | null; feature: string | null }): string =>
  [tenant, feature === null ? null : title(feature)].filter((part) => part !== null).join(' · ') || 'platform';

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
      <Shown of={firing}>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <Empty title="Nothing is firing" />
          ) : (
            <ul class="list">
              {alerts.slice(0, SHOWN).map((alert) => (
                <li key={alert.id} class="row spread">
                  <span class="row">
                    <Severity of={alert.severity} />
                    <a href={hrefOf('/alerts', { alert: alert.id })} data-own>
                      {alert.title}
                    </a>
                    <span class="soft">{subjectOf(alert)}</span>
                  </span>
                  <span class="soft small number">
                    {inUnit(alert.value, alertUnit(alert))} (limit {inUnit(alert.threshold, alertUnit(alert))}), <Ago at={alert.openedAt} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}
