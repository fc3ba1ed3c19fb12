/** Fetching again and again: one request at a time, soon after a failure, and once more when somebody asks meanwhile. */

export type Refresher = {
  /** Fetches now, or right after what is under way: its answer may be older than the question. */
  now(): void;
  stop(): void;
};

const FIRST_RETRY_MS = 100;

/**
 * @param fetchOnce answers whether it succeeded; it does not throw
 * @param everyMs the pause after a success, and the longest after failures
 */
export function createRefresher(fetchOnce: () => Promise<boolean>, everyMs: number): Refresher {
  let timer: NodeJS.Timeout | undefined;
  let [running, again, stopped, failures] = [false, false, false, 0];
  const pauseMs = (): number => {
    if (again) return 0;
    return failures === 0 ? everyMs : Math.min(everyMs, FIRST_RETRY_MS * 2 ** Math.min(failures, 10));
  };
  async function run(): Promise<void> {
    running = true;
    failures = (await fetchOnce()) ? 0 : failures + 1;
    running = false;
    if (!stopped) timer = setTimeout(now, pauseMs()).unref();
    again = false;
  }
  function now(): void {
    clearTimeout(timer);
    if (running) again = true;
    else if (!stopped) void run();
  }
  return {
    now,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
