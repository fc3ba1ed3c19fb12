/** What one look at the stored data has found. */

const verdicts = ['ok', 'warning', 'failed'] as const;
export type Verdict = (typeof verdicts)[number];

/** `seen` in words, `expected` what would be right, `evidence` the rows that speak against it: the first ones. */
export type Finding = { check: string; verdict: Verdict; seen: string; expected: string; evidence: readonly object[] };

const MOST_EVIDENCE = 20;

export const finding = (check: string, verdict: Verdict, seen: string, expected: string, evidence: readonly object[] = []): Finding => ({
  check,
  verdict,
  seen,
  expected,
  evidence: evidence.slice(0, MOST_EVIDENCE),
});

/** "3 days" */

/** The worst of all. */
export const overall = (findings: readonly Finding[]): Verdict =>
  findings.reduce<Verdict>((worst, { verdict }) => (verdicts.indexOf(verdict) > verdicts.indexOf(worst) ? verdict : worst), 'ok');
