/** Waiting until the flags are no longer what somebody has. */
import type { FlagReader } from '../../domain/flags/reader.ts';

/** Resolves when the revision is another than `after`, when the copy is stale, after `waitMs`, or when `signal` aborts. */
export function nextRevision(
  reader: Pick<FlagReader, 'state' | 'onChange'>,
  after: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const due = (): boolean => reader.state().revision !== after || reader.state().stale;
  if (waitMs === 0 || due() || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const stop = reader.onChange(() => {
      if (due()) end();
    });
    const timer = setTimeout(end, waitMs);
    signal.addEventListener('abort', end);
  });
}
