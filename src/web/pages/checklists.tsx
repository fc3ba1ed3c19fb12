/** What was to be reached in the first week, month and quarter; each line with its evidence, or with somebody's word. */
import { useState } from 'preact/hooks';
import type { ChecklistAnswer } from '../../api/kpis.ts';
import { useView } from '../context.ts';
import { spoken } from '../format.ts';
import { Badge, type Tone } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { ChoiceField } from '../parts/field.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { mayChangeAll } from '../session.ts';
import { useAnswer } from '../use-answer.ts';

type Line = ChecklistAnswer['lines'][number];

const tones: Record<Line['state'], Tone> = {
  met: 'good',
  attested: 'good',
  missed: 'bad',
  denied: 'bad',
  pending: 'none',
  unattested: 'warn',
};
const words: Partial<Record<Line['state'], string>> = {
  pending: 'no data yet',
  unattested: 'nobody has said',
  denied: 'said to be missed',
};
const PATH = '/api/v1/kpis';
const EVIDENCE_MS = 60_000;
const GLANCE = 110;
const names: Record<ChecklistAnswer['period'], string> = { 'week-1': 'First week', 'month-1': 'First month', 'quarter-1': 'First quarter' };

function Attest({ line, onClose, onDone }: { line: Line; onClose: () => void; onDone: () => void }) {
  const { ask } = useView();
  const [met, setMet] = useState('yes');
  const act = (note: string): Promise<unknown> =>
    ask('/api/v1/kpis/attestations', { method: 'POST', body: { line: line.id, met: met === 'yes', note } }).then(onDone);
  return (
    <Confirm title={line.title} action="Say so" onClose={onClose} act={act}>
      <p>No machine can judge this. Your word counts until somebody says otherwise.</p>
      <ChoiceField
        label="Reached"
        name="met"
        value={met}
        onInput={setMet}
        options={[
          ['yes', 'yes'],
          ['no', 'no'],
        ]}
      />
    </Confirm>
  );
}

/** Until the period is over nothing is lost. */
const State = ({ of, complete }: { of: Line['state']; complete: boolean }) =>
  of === 'missed' && !complete ? <Badge tone="warn">not yet</Badge> : <Badge tone={tones[of]}>{words[of] ?? of}</Badge>;

/** Of a quarter it can be a long list: as much of it as is read at a glance, and the rest when it is asked for. */
function Evidence({ text }: { text: string }) {
  if (text.length <= GLANCE) return <span class="small soft break">{text}</span>;
  return (
    <details class="small soft break">
      <summary>{text.slice(0, text.lastIndexOf(' ', GLANCE))} …</summary>
      {text}
    </details>
  );
}

function Checklist({ of, attest }: { of: ChecklistAnswer; attest: ((line: Line) => void) | null }) {
  const reached = of.lines.filter(({ state }) => state === 'met' || state === 'attested').length;
  return (
    <section class="w4 stack" aria-label={names[of.period]}>
      <h3>{names[of.period]}</h3>
      <p class="small soft">
        {of.from} to {of.to}
        {of.complete ? '' : ', not over yet'}: <b>{`${reached} of ${of.lines.length} reached`}</b>
      </p>
      <ul class="list">
        {of.lines.map((line) => (
          <li key={line.id} class="stack tight">
            <span class="row spread top">
              <b>{line.title}</b> <State of={line.state} complete={of.complete} />
            </span>
            <Evidence text={spoken(line.evidence)} />
            {attest && line.judgedBy === 'person' && (
              <span>
                <button type="button" class="button" onClick={() => attest(line)}>
                  Attest<span class="hidden"> {line.title}</span>
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Checklists() {
  const { me } = useView();
  const answer = useAnswer<{ since: string; checklists: ChecklistAnswer[] }>(PATH, ['targets']);
  // What the lines rest on moves as well, with every event: it is looked at again now and then.
  useAnswer(PATH, ['data', 'alerts', 'messages'], EVIDENCE_MS);
  const [asked, ask] = useState<Line | null>(null);
  return (
    <Card
      title="Checklists"
      note={answer.data === null ? 'Counted from the day on which it went live' : `Counted from ${answer.data.since}`}
    >
      <Shown of={answer} height={240}>
        {({ checklists }) =>
          checklists.length === 0 ? (
            <Empty title="No period has begun" />
          ) : (
            <div class="grid">
              {checklists.map((one) => (
                <Checklist key={one.period} of={one} attest={mayChangeAll(me) ? ask : null} />
              ))}
            </div>
          )
        }
      </Shown>
      {asked && <Attest line={asked} onClose={() => ask(null)} onDone={answer.reload} />}
    </Card>
  );
}
