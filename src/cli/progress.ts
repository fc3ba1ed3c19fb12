/** Progress of anything that takes longer than two seconds: a spinner on a terminal, plain lines elsewhere. */
import pc from 'picocolors';
import type { Context } from './context.ts';
import { cutTo } from './table.ts';

export type Progress = {
  /** What is being done now. */
  update(text: string): void;
  /** Ends with a tick and, if given, a last word. */
  done(text?: string): void;
  /** Ends with a cross, or where Ctrl-C has ended it, with that; the error itself is reported elsewhere. */
  failed(): void;
};

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const LINE_MS = 2_000;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function spinner(context: Context, label: string): Progress {
  const started = context.now();
  let text = label;
  let frame = 0;
  const clear = '\r\u001b[2K';
  const timer = setInterval(() => {
    frame += 1;
    const line = `${pc.cyan(FRAMES[frame % FRAMES.length] ?? '')} ${text} ${pc.dim(seconds(context.now() - started))}`;
    context.err(clear + cutTo(line, context.columns - 1));
  }, FRAME_MS);
  const end = (mark: string, last: string): void => {
    clearInterval(timer);
    context.err(`${clear}${mark} ${last} ${pc.dim(seconds(context.now() - started))}\n`);
  };
  return {
    update: (now) => (text = `${label}: ${now}`),
    done: (last) => end(pc.green('✓'), last ?? label),
    failed: () => end(context.signal.aborted ? pc.yellow('–') : pc.red('✗'), text),
  };
}

function lines(context: Context, label: string): Progress {
  const started = context.now();
  let text = label;
  const timer = setInterval(() => context.err(`  ${text} (${seconds(context.now() - started)})\n`), LINE_MS);
  const end = (line: string): void => {
    clearInterval(timer);
    context.err(`${line} (${seconds(context.now() - started)})\n`);
  };
  return {
    update: (now) => (text = `${label}: ${now}`),
    done: (last) => end(`ok  ${last ?? label}`),
    failed: () => end(`${context.signal.aborted ? 'ended' : 'failed'}  ${text}`),
  };
}

/** Starts to show that `label` is under way. */
export function startProgress(context: Context, label: string): Progress {
  return context.terminal ? spinner(context, label) : lines(context, label);
}

/** Shows `work` as under way until it ends; an error is thrown on. */
export async function withProgress<T>(
  context: Context,
  label: string,
  work: (progress: Progress) => Promise<T>,
  last?: (result: T) => string,
): Promise<T> {
  const progress = startProgress(context, label);
  try {
    const result = await work(progress);
    progress.done(last?.(result));
    return result;
  } catch (error) {
    progress.failed();
    throw error;
  }
}
