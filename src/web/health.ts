/** How well things are, judged from the figures that the page shows, by rules that it can state. */

export type Verdict = 'good' | 'warn' | 'bad' | 'unknown';
export type Aspect = { name: string; verdict: Verdict; why: string };

const order: readonly Verdict[] = ['good', 'unknown', 'warn', 'bad'];

/** The worst of all that is known; nothing known is no good sign and no bad one. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const known = verdicts.filter((one) => one !== 'unknown');
  return known.length === 0 ? 'unknown' : (known.toSorted((a, b) => order.indexOf(b) - order.indexOf(a))[0] ?? 'unknown');
}

/** Below its target a latency or an error rate is good, up to twice of it it is to be watched. */
export function performanceVerdict(measured: readonly { value: number | null; target: number }[]): Verdict {
  return worst(
    measured.map(({ value, target }) => {
      if (value === null) return 'unknown';
      return value <= target ? 'good' : value <= 2 * target ? 'warn' : 'bad';
    }),
  );
}

/** At its target good; a loss is bad. */
export function roiVerdict(roiPercent: number | null, targetPercent: number): Verdict {
  if (roiPercent === null) return 'unknown';
  return roiPercent >= targetPercent ? 'good' : roiPercent >= 0 ? 'warn' : 'bad';
}

/** At its target good, below half of it bad. */
export function adoptionVerdict(adoptionPercent: number | null, targetPercent: number): Verdict {
  if (adoptionPercent === null) return 'unknown';
  return adoptionPercent >= targetPercent ? 'good' : adoptionPercent >= targetPercent / 2 ? 'warn' : 'bad';
}

/** What is firing decides: a critical alert is bad, a warning is to be watched. */
export function alertVerdict(firing: readonly { severity: string }[]): Verdict {
  if (firing.some(({ severity }) => severity === 'critical')) return 'bad';
  return firing.some(({ severity }) => severity === 'warning') ? 'warn' : 'good';
}
