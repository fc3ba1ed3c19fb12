/** Says so when the figures are old: nothing new may mean that nothing happened, or that nothing arrives. */
import { ago, utc } from '../format.ts';
import { useNow } from './time.tsx';

const OLD_MS = 10 * 60_000;

/** @param through begin of the newest minute that holds an event; null: none within a day */
export function Freshness({ through, loaded }: { through: string | null | undefined; loaded: boolean }) {
  const now = useNow(30_000);
  if (!loaded || through === undefined) return null;
  if (through === null)
    return (
      <p class="notice" role="status">
        Stale: no event has arrived for a day. These figures do not say what happens now.
      </p>
    );
  const at = Date.parse(through);
  if (now - at < OLD_MS) return null;
  return (
    <p class="notice" role="status" title={utc(at)}>
      Stale: the newest event is of {ago(at, now)}. These figures do not say what has happened since.
    </p>
  );
}
