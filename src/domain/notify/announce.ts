/** Which transitions of alerts registered webhooks hear of, and under which names. */
import type { Transition } from '../alert.ts';
import type { AnnouncementType } from '../announcement.ts';
import { shortened } from './group.ts';

type Announced = { id: string; type: AnnouncementType; occurredAt: number; tenantId: string | null; data: object };

const typesOf: Partial<Record<Transition['transition'], readonly AnnouncementType[]>> = {
  opened: ['alert_triggered', 'threshold_exceeded'],
  escalated: ['threshold_exceeded'],
  resolved: ['alert_resolved'],
};

/** What follows from a transition. A value that changes, or an alert that goes on, is no news to a program. */
export function alertAnnouncements(alert: Transition): Announced[] {
  const { windowStart, windowEnd, openedAt, ...rest } = alert;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const data = { ...rest, windowStart: iso(windowStart), windowEnd: iso(windowEnd), openedAt: iso(openedAt) };
  return (typesOf[alert.transition] ?? []).map((type) => ({
    id: shortened(`${type}:${alert.transitionId}`, 400),
    type,
    occurredAt: windowEnd,
    tenantId: alert.tenantId,
    data,
  }));
}
