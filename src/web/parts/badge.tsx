/** A short state in its colour; the word says it as well, for those who do not see the colour. */
import type { ComponentChildren } from 'preact';

export type Tone = 'good' | 'warn' | 'bad' | 'none';

const signs: Record<Tone, string> = { good: '✓', warn: '!', bad: '▲', none: '' };

export function Badge({ tone = 'none', children }: { tone?: Tone; children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      {signs[tone] !== '' && <span aria-hidden="true">{signs[tone]}</span>}
      {children}
    </span>
  );
}

const tones: Record<string, Tone> = { critical: 'bad', warning: 'warn', success: 'good' };
export const Severity = ({ of }: { of: string }) => <Badge tone={tones[of] ?? 'none'}>{of}</Badge>;
