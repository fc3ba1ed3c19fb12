/** One figure with its name and what to hold it against. */
import type { ComponentChildren } from 'preact';
import { type Explained, Why } from './why.tsx';

type Props = { label: string; value: string; note?: ComponentChildren; why?: Explained; tone?: string; extra?: ComponentChildren };

export function Stat({ label, value, note, why, tone = '', extra }: Props) {
  return (
    <div class="stat">
      <span class="label">{label}</span>
      <span class={`value ${tone}`}>{why ? <Why of={why}>{value}</Why> : value}</span>
      {note && <span class="note">{note}</span>}
      {extra}
    </div>
  );
}
