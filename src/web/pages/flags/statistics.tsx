/** How the API's own copy of the flags does: lookups, their latency, and how often the copy could answer. */
import { useEffect, useState } from 'preact/hooks';
import { useView } from '../../context.ts';
import { figure, percent, seconds, whole } from '../../format.ts';
import { Card } from '../../parts/card.tsx';
import { Stat } from '../../parts/stat.tsx';

/** The samples of one metric in the Prometheus text: its labels as they stand, and the value. */
export function samplesOf(text: string, metric: string): { labels: string; value: number }[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([a-z0-9_]+)(\{[^}]*\})?\s+(\S+)$/i.exec(line);
    return match?.[1] === metric ? [{ labels: match[2] ?? '', value: Number(match[3]) }] : [];
  });
}

const first = (text: string, metric: string, label = ''): number | null =>
  samplesOf(text, metric).find(({ labels }) => labels.includes(label))?.value ?? null;

const micros = (value: number | null): string => (value === null ? '–' : `${figure(value * 1e6)} µs`);

export function FlagStatistics() {
  const { ask, live } = useView();
  const [text, setText] = useState('');
  useEffect(() => {
    let gone = false;
    const read = (): void => {
      ask<string>('/metrics').then(
        ({ data }) => !gone && setText(data),
        // It belongs to operation, and the page is whole without it.
        () => {},
      );
    };
    read();
    const timer = setInterval(read, 10_000);
    const stop = live.listen((changed) => changed.includes('flags') && read());
    return () => {
      gone = true;
      clearInterval(timer);
      stop();
    };
  }, [ask, live]);
  const lookups = first(text, 'impact_flag_lookups_total');
  const age = first(text, 'impact_flag_copy_age_seconds');
  return (
    <Card
      title="The API’s own copy"
      note="Every process evaluates on a copy of its own; these are the figures of the one that answers here"
    >
      <div class="grid">
        <div class="w3">
          <Stat label="Lookups" value={whole(lookups)} note="since it started" />
        </div>
        <div class="w3">
          <Stat
            label="Lookup latency"
            value={micros(first(text, 'impact_flag_lookup_seconds', '"0.5"'))}
            note={`median; p99 ${micros(first(text, 'impact_flag_lookup_seconds', '"0.99"'))}`}
          />
        </div>
        <div class="w3">
          <Stat
            label="Answered from the copy"
            value={lookups ? percent((first(text, 'impact_flag_hit_ratio') ?? 0) * 100) : '–'}
            note="of all lookups"
          />
        </div>
        <div class="w3">
          <Stat label="Confirmed" value={age === null ? '–' : `${seconds(Math.round(age))} ago`} note="with Redis" />
        </div>
      </div>
    </Card>
  );
}
