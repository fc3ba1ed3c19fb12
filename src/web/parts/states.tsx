/** How something looks that is not there yet, not there at all, refused, or old. */
import type { ComponentChildren } from 'preact';
import { Refused } from '../ask.ts';
import { clock } from '../format.ts';
import type { Answered } from '../use-answer.ts';

export function Loading({ height = 96 }: { height?: number }) {
  return (
    <div class="skeleton" style={{ minHeight: `${height}px` }} role="status">
      <span class="hidden">Loading</span>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <b>{title}</b>
      {children && <span>{children}</span>}
    </div>
  );
}

/** What went wrong, with every fault that the API named. */
export function Fault({ error, retry }: { error: Error; retry?: () => void }) {
  const problems = error instanceof Refused ? error.problems : [];
  const away = !(error instanceof Refused);
  return (
    <div class="fault" role="alert">
      <p>{away ? 'The API cannot be reached. Trying again.' : error.message}</p>
      {problems.length > 0 && (
        <ul>
          {problems.map(({ field, value, expected }) => (
            <li key={field}>
              <b>{field}</b>: {value === '' ? 'empty' : `“${value}”`}, expected {expected}
            </li>
          ))}
        </ul>
      )}
      {retry && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

type Props<T> = {
  of: Answered<T>;
  /** Of what stands there until something is known, so that nothing moves when it is. */
  height?: number;
  /** In place of a plain area of that height. */
  awaited?: ComponentChildren;
  children: (data: T) => ComponentChildren;
};

/** Shows an answer in whichever state it is. What was known stays, marked, while the API is away. */
export function Shown<T>({ of, height, awaited, children }: Props<T>) {
  if (of.data === null) {
    if (of.error !== null) return <Fault error={of.error} retry={of.reload} />;
    return awaited ?? <Loading {...(height === undefined ? {} : { height })} />;
  }
  return (
    <>
      {of.stale && (
        <p class="notice small" role="status">
          As of {clock(of.at)}: renewing failed, trying again.
        </p>
      )}
      {children(of.data)}
    </>
  );
}
