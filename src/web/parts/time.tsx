/** A moment in the reader's zone; UTC appears on hover and for screen readers. */
import { useEffect, useState } from 'preact/hooks';
import { ago, moment, utc } from '../format.ts';

export function Time({ at }: { at: string | number | null }) {
  if (at === null) return <span>–</span>;
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return (
    <time dateTime={new Date(ms).toISOString()} title={utc(ms)}>
      {moment(ms)}
    </time>
  );
}

/** The clock, moved on every few seconds. */
export function useNow(everyMs = 5_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function Ago({ at }: { at: string | number }) {
  const now = useNow();
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return (
    <time dateTime={new Date(ms).toISOString()} title={utc(ms)}>
      {ago(ms, now)}
    </time>
  );
}
