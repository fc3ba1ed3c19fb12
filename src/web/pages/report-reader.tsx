/** Any report of any period, as it stands now: read, downloaded in every form, sent. */
import { useState } from 'preact/hooks';
import { pathOf } from '../ask.ts';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Card } from '../parts/card.tsx';
import { ChoiceField, TextField } from '../parts/field.tsx';
import { Fault, Shown } from '../parts/states.tsx';
import { go, hrefWith } from '../place.ts';
import { saveBlob } from '../save.ts';
import { storedToken } from '../session.ts';
import { useAnswer } from '../use-answer.ts';
import { SendReport } from './report-send.tsx';

const kinds = ['daily', 'weekly', 'monthly', 'quarterly'] as const;
const formats = ['pdf', 'html', 'csv', 'json', 'markdown'] as const;
const extensions: Record<string, string> = { markdown: 'md' };
const yesterday = (): string => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

async function download(path: string, name: string): Promise<void> {
  const response = await fetch(path, { headers: { authorization: `Bearer ${storedToken() ?? ''}` } });
  if (!response.ok) throw new Error(((await response.json()) as { detail?: string }).detail ?? `the API answered ${response.status}`);
  saveBlob(name, await response.blob());
}

export function ReportReader({ onSent }: { onSent: () => void }) {
  const { query, tenant } = useView();
  const [kind, date] = [query.get('kind') ?? 'daily', query.get('date') ?? yesterday()];
  const [error, setError] = useState<Error | null>(null);
  const path = (format: string): string =>
    pathOf(`/api/v1/reports/${encodeURIComponent(kind)}/${encodeURIComponent(date)}`, { format, tenant });
  const answer = useAnswer<string>(path('text'), []);
  const set = (name: string) => (value: string) => go(hrefWith({ [name]: value }), true);
  const save = (format: string): void => {
    setError(null);
    download(path(format), `impact-${kind}-${date}.${extensions[format] ?? format}`).catch(setError);
  };
  return (
    <Card
      title={`${title(kind)} report`}
      note="As the figures stand now"
      class="w8"
      action={<SendReport kind={kind} date={date} onSent={onSent} />}
    >
      <div class="form">
        <ChoiceField label="Kind" name="kind" value={kind} onInput={set('kind')} options={kinds.map((one) => [one, title(one)] as const)} />
        <TextField label="A day in its period" name="date" type="date" value={date} onInput={set('date')} />
      </div>
      <div class="row">
        {formats.map((format) => (
          <button key={format} type="button" class="button" onClick={() => save(format)}>
            <span class="hidden">Download as </span>
            {format === 'markdown' ? 'Markdown' : format.toUpperCase()}
          </button>
        ))}
      </div>
      {error && <Fault error={error} />}
      <Shown of={answer} height={320}>
        {(text) => (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: who has only a keyboard must be able to scroll it, too
          <pre class="report" tabIndex={0}>
            {text}
          </pre>
        )}
      </Shown>
    </Card>
  );
}
