/** What a call costs its caller. On a crowded machine wall time says more about the neighbours, so it is the thread's own processor time that counts. */

export type CallerCost = { call(work: () => unknown): void; worstMs(share: number): number };

/** Collects the cost of single calls. `worstMs(0.999)` is what 99.9 % of them stay below, in milliseconds. */
export function callerCost(): CallerCost {
  const costsMs: number[] = [];
  return {
    call(work) {
      const before = process.threadCpuUsage();
      work();
      const { user, system } = process.threadCpuUsage(before);
      costsMs.push((user + system) / 1000);
    },
    worstMs(share) {
      const sorted = [...costsMs].sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    },
  };
}
