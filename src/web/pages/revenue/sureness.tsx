/** Three figures for the same thing, side by side, and what each can be trusted for. */
import type { RoiFigures } from '../../../api/roi-answer.ts';
import { useView } from '../../context.ts';
import { figure, percent, signed, title, usd, whole } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Shown } from '../../parts/states.tsx';
import { Why } from '../../parts/why.tsx';
import { hrefOf } from '../../place.ts';
import type { Answered } from '../../use-answer.ts';
import { formulas } from '../formulas.ts';

type Feature = RoiFigures['features'][number];

const meanings = [
  ['Observed', 'what the events were worth against the agreed baselines. It does not know what would have happened without the feature.'],
  ['Causal', 'what an experiment says that the feature itself brought, shrunk towards zero for having been looked for.'],
  ['Lower bound', 'the least that the experiment’s interval allows. Who decides by it is surprised for the better.'],
] as const;

function Causal({ of: { experiment, causalUsd, feature } }: { of: Feature }) {
  if (causalUsd === null || experiment === null)
    return (
      <a class="soft" href={hrefOf('/experiments')} data-own>
        no experiment
      </a>
    );
  const { metric, lift, shrunkLift, shrunkLow, shrunkHigh, controlN, treatmentN, fromDate, asOf } = experiment;
  return (
    <Why
      of={{
        title: `Causal value of ${title(feature)}`,
        text: `The value that follows from the experiment’s lift on ${title(metric)}, as it is to be believed: shrunk by how much such lifts vary.`,
        parts: [
          ['Measured lift', signed(100 * lift, percent)],
          ['To be believed', `${signed(100 * shrunkLift, percent)} (${figure(100 * shrunkLow)} to ${figure(100 * shrunkHigh)})`],
          ['Units', `control ${whole(controlN)}, treatment ${whole(treatmentN)}`],
          ['Measured', `${fromDate} to ${asOf}`],
        ],
      }}
    >
      {usd(causalUsd)}
    </Why>
  );
}

export function Sureness({ roi }: { roi: Answered<RoiFigures> }) {
  const { feature } = useView();
  return (
    <Card title="How sure is it?" class="w6">
      <Shown of={roi} height={220}>
        {({ features, total, period, calculationVersion }) => (
          <Scroll label="Observed, causal and lower bound">
            <table>
              <thead>
                <tr>
                  <th>Feature</th>
                  <th class="right">Observed</th>
                  <th class="right">Causal</th>
                  <th class="right">Lower bound</th>
                </tr>
              </thead>
              <tbody>
                {features
                  .filter((one) => one.keyMetric !== null && (feature === null || one.feature === feature))
                  .map((one) => (
                    <tr key={one.feature}>
                      <th scope="row">{title(one.feature)}</th>
                      <td class="right">
                        <Why
                          of={{
                            title: `Observed value of ${title(one.feature)}`,
                            text: formulas[one.feature]?.text ?? '',
                            parts: [
                              ['Uses', whole(one.usage)],
                              ['Period', `${period.from} to ${period.to}, days of ${period.timeZone}`],
                              ['Formulas', `version ${calculationVersion}`],
                            ],
                            api: roi.path,
                          }}
                        >
                          {usd(one.observedUsd)}
                        </Why>
                      </td>
                      <td class="right">
                        <Causal of={one} />
                      </td>
                      <td class="right">{usd(one.lowerBoundUsd)}</td>
                    </tr>
                  ))}
                {feature === null && (
                  <tr>
                    <th scope="row">Together</th>
                    <td class="right">{usd(total.observedUsd)}</td>
                    <td class="right">{usd(total.causalUsd)}</td>
                    <td class="right">{usd(total.lowerBoundUsd)}</td>
                  </tr>
                )}
              </tbody>
            </table>
          </Scroll>
        )}
      </Shown>
      <dl class="stack small soft">
        {meanings.map(([name, text]) => (
          <div key={name}>
            <dt class="hidden">{name}</dt>
            <dd>
              <b aria-hidden="true">{name}:</b> {text}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
