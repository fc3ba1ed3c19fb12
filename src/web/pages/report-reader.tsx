/** Any report of any period, as it stands now: read, printed, downloaded in every form, sent. */
import { useState } from 'preact/hooks';
import type { ReportPage } from '../../api/report-answer.ts';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Card } from '../parts/card.tsx';
import { ChoiceField, TextField } from '../parts/field.tsx';
import { Report } from '../parts/report.tsx';
import { Fault, Shown } from '../parts/states.tsx';
import { go, hrefWith } from '../place.ts';
import { saveBlob } from '../save.ts';
import { storedToken } from '../session.ts';
import { useAnswer } from '../use-answer.ts';
import { SendReport } from './report-send.tsx';

const kinds = ['daily', 'weekly', 'monthly', 'quarterly'] as const;
const formats = ['pdf', 'html', 'csv', 'json', 'markdown'] as const;
const extensions: Record<string, string> = { markdown: 'md' };
/** Everything that happens moves a report a little; it takes a dozen questions. */
const RENEWED_MS = 60_000;
const yesterday = (): string => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

async function download(path: string, name: string): Promise<void> {
  const response = await fetch(path, { headers: { authorization: `Bearer ${storedToken() ?? ''}` } });
  if (!response.ok) throw new Error(((await response.json()) as { detail?: string }).detail ?? `the API answered ${response.status}`);
  saveBlob(name, await response.blob());
}

type ChosenProps = { kind: string; date: string; save: (format: string) => void; onSent: () => void };

function Chosen({ kind, date, save, onSent }: ChosenProps) {
  const set = (name: string) => (value: string) => go(hrefWith({ [name]: value }), true);
  return (
    <>
      <div class="form">
        <ChoiceField label="Kind" name="kind" value={kind} onInput={set('kind')} options={kinds.map((one) => [one, title(one)] as const)} />
        <TextField label="A day in its period" name="date" type="date" value={date} onInput={set('date')} />
      </div>
      <div class="row">
        <SendReport kind={kind} date={date} onSent={onSent} />
        <button type="button" class="button" onClick={() => window.print()}>
          Print
        </button>
        {formats.map((format) => (
          <button key={format} type="button" class="button" onClick={() => save(format)}>
            <span class="hidden">Download as </span>
            {format === 'markdown' ? 'Markdown' : format.toUpperCase()}
          </button>
        ))}
      </div>
    </>
  );
}

/** Which report is looked at stands in the address. */
function useChosen() {
  const { query, tenant } = useView();
  const [kind, date] = [query.get('kind') ?? 'daily', query.get('date') ?? yesterday()];
  const pathAs = (format: string): string =>
    pathOf(`/api/v1/reports/${encodeURIComponent(kind)}/${encodeURIComponent(date)}`, { format, tenant });
  return { kind, date, pathAs };
}

export function ReportChoice({ onSent }: { onSent: () => void }) {
  const { kind, date, pathAs } = useChosen();
  const [error, setError] = useState<Error | null>(null);
  const save = (format: string): void => {
    setError(null);
    download(pathAs(format), `impact-${kind}-${date}.${extensions[format] ?? format}`).catch(setError);
  };
  return (
    <Card title="Choose a report" class="unprinted">
      <Chosen kind={kind} date={date} save={save} onSent={onSent} />
      {error && <Fault error={error} />}
    </Card>
  );
}

export function ReportReader() {
  const answer = useAnswer<ReportPage>(useChosen().pathAs('page'), ['data', 'alerts', 'targets', 'flags'], RENEWED_MS);
  return (
    <section class="card" aria-label="Report">
      <Shown of={answer} height={640}>
        {(page) => <Report page={page} />}
      </Shown>
    </section>
  );
}
