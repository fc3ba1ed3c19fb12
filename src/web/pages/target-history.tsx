/** How one target went: who set it, for whom, from which day on, and why. */
import { useEffect } from 'preact/hooks';
import { useView } from '../context.ts';
import { inUnit, title } from '../format.ts';
import { Card } from '../parts/card.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { useAnswer } from '../use-answer.ts';
import type { Target } from './targets.tsx';

type Version = {
  tenant: string | null;
  feature: string | null;
  effectiveFrom: string;
  version: number;
  target: number | null;
  setBy: string;
  setAt: string;
  reason: string;
};

const whose = ({ tenant, feature }: Version): string =>
  [tenant, feature === null ? null : title(feature)].filter((part) => part !== null).join(' · ') || 'everyone';

/** `changes`: how many were made since the page was opened; each makes the list longer. */
type Props = { metric: string | null; targets: readonly Target[]; changes: number };

export function TargetHistory({ metric, targets, changes }: Props) {
  const { feature, tenant } = useView();
  const answer = useAnswer<{ versions: Version[] }>(metric === null ? null : `/api/v1/targets/${encodeURIComponent(metric)}/history`, [
    'targets',
  ]);
  const { reload } = answer;
  useEffect(() => {
    if (changes > 0) reload();
  }, [reload, changes]);
  const known = targets.find((one) => one.metric === metric);
  const shown = ({ versions }: { versions: Version[] }) =>
    versions.filter((one) => (tenant === null || one.tenant === tenant) && (feature === null || one.feature === feature));
  return (
    <Card title="Over time" note={known?.title ?? ''} class="w4 short">
      {metric === null ? (
        <Empty title="Choose a figure">Its changes stand here: who, when, for whom and why.</Empty>
      ) : (
        <Shown of={answer}>
          {(found) =>
            shown(found).length === 0 ? (
              <Empty title="Nobody has changed it">The default holds.</Empty>
            ) : (
              <ol class="timeline">
                {shown(found).map((one) => (
                  <li key={`${one.effectiveFrom} ${whose(one)} ${one.version}`}>
                    <span>
                      <b>{one.target === null ? 'withdrawn' : inUnit(one.target, known?.unit ?? '')}</b> from {one.effectiveFrom} for{' '}
                      {whose(one)}
                    </span>
                    <span>{one.reason}</span>
                    <span class="small soft">
                      {one.setBy}, <Time at={one.setAt} />
                    </span>
                  </li>
                ))}
              </ol>
            )
          }
        </Shown>
      )}
    </Card>
  );
}
