/** One verdict for everything, and the four that it is made of. */
import type { AlertsAnswer } from '../../../api/alerts.ts';
import type { ImpactFigures } from '../../../api/impact.ts';
import type { PerformanceAnswer } from '../../../api/performance.ts';
import type { AdoptionAnswer } from '../../../api/web/adoption.ts';
import { useView } from '../../context.ts';
import { percent } from '../../format.ts';
import {
  type Aspect,
  adoptionVerdict,
  alertVerdict,
  meanAdoption,
  performanceVerdict,
  roiVerdict,
  type Verdict,
  worst,
} from '../../health.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { type Explained, Why } from '../../parts/why.tsx';
import { hrefOf } from '../../place.ts';

const words: Record<Verdict, [Tone, string]> = {
  good: ['good', 'good'],
  warn: ['warn', 'to watch'],
  bad: ['bad', 'bad'],
  unknown: ['none', 'unknown'],
};

type Props = {
  impact: ImpactFigures | null;
  services: PerformanceAnswer | null;
  adoption: AdoptionAnswer | null;
  firing: AlertsAnswer | null;
};

/** `to`: where one looks next. */
function useAspects({ impact, services, adoption, firing }: Props): (Aspect & { to: string })[] {
  const { me } = useView();
  const [roi, target] = [impact?.total.roiPercent ?? null, impact?.total.targetRoiPercent ?? 0];
  const adopted = meanAdoption(adoption?.features ?? []);
  const adoptionTarget = me.targets['adoptionPercent'] ?? 0;
  const measures = services?.measures ?? [];
  const missed = measures.filter(({ state }) => state !== 'met' && state !== 'unknown').map(({ title }) => title);
  const alerts = firing?.alerts.filter(({ severity }) => severity !== 'success') ?? [];
  return [
    {
      name: 'Performance',
      to: '#performance',
      verdict: performanceVerdict(measures.map(({ state }) => state)),
      why: missed.length === 0 ? 'Every measure meets its target' : `Target missed: ${missed.join(', ')}`,
    },
    { name: 'ROI', to: hrefOf('/revenue'), verdict: roiVerdict(roi, target), why: `${percent(roi)}, target ${percent(target)}` },
    {
      name: 'Adoption',
      to: hrefOf('/rollout'),
      verdict: adoptionVerdict(adopted, adoptionTarget),
      why: `${percent(adopted)} on average, target ${percent(adoptionTarget)}`,
    },
    {
      name: 'Alerts',
      to: hrefOf('/alerts'),
      verdict: firing === null ? 'unknown' : alertVerdict(alerts),
      why: alerts.length === 0 ? 'Nothing is firing' : `${alerts.length} firing`,
    },
  ];
}

const rules: Explained = {
  title: 'Health',
  text: 'Each part is judged by its own rule; the whole is as good as the worst of them.',
  parts: [
    ['Performance', 'good where every target is met, bad beyond the critical limit of one'],
    ['ROI', 'good at its target, bad below zero'],
    ['Adoption', 'good at its target, bad below half of it'],
    ['Alerts', 'to watch while a warning fires, bad while a critical one does'],
  ],
};

export function HealthCard(props: Props) {
  const aspects = useAspects(props);
  const [tone, word] = words[worst(aspects.map(({ verdict }) => verdict))];
  return (
    <Card title="Health" class="w4" action={<Badge tone={tone}>{word}</Badge>}>
      <ul class="list">
        {aspects.map(({ name, to, verdict, why }) => (
          <li key={name} class="row spread top">
            <span>
              <a href={to} data-own={to.startsWith('/') ? true : undefined}>
                <b>{name}</b>
              </a>
              <br />
              <span class="small soft">{why}</span>
            </span>
            <Badge tone={words[verdict][0]}>{words[verdict][1]}</Badge>
          </li>
        ))}
      </ul>
      <p class="small soft">
        <Why of={rules}>The whole is as good as the worst of them.</Why>
      </p>
    </Card>
  );
}
