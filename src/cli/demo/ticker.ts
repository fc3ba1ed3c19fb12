/** The line at the bottom that shows what goes on: repainted on a terminal, a plain line now and then elsewhere. */
import pc from 'picocolors';
import type { Context } from '../context.ts';
import { whole } from '../money.ts';
import { cutTo } from '../table.ts';
import type { Sample } from './speed.ts';

const CLEAR = '\r\u001b[2K';
const PLAIN_EVERY_MS = 5_000;

export type Ticker = {
  show(sample: Sample, sent: number, phase: string): void;
  /** Prints a line that stays, above the ticker. */
  keep(line: string): void;
  clear(): void;
};

const text = ({ stored, perSecond, behindMs }: Sample, sent: number, phase: string): string =>
  [
    phase.padEnd(19),
    `${whole(perSecond).padStart(5)} events/s`,
    `${whole(Math.max(0, sent - stored)).padStart(6)} to go`,
    `${(behindMs === null ? '–' : (behindMs / 1000).toFixed(1)).padStart(4)} s behind`,
    `${whole(stored).padStart(7)} stored`,
  ].join(' ');

/** Writes to standard output, where the report goes too, so that both stay in order. */
export function createTicker(context: Context): Ticker {
  let plainAt = 0;
  const { terminal } = context;
  return {
    show(sample, sent, phase) {
      if (terminal) return context.out(`${CLEAR}${pc.dim(cutTo(`  ${text(sample, sent, phase)}`, context.columns - 1))}`);
      if (sample.at - plainAt < PLAIN_EVERY_MS) return;
      plainAt = sample.at;
      context.out(`  ${text(sample, sent, phase)}\n`);
    },
    keep: (line) => context.out(terminal ? `${CLEAR}${line}\n` : `${line}\n`),
    clear: () => (terminal ? context.out(CLEAR) : undefined),
  };
}
