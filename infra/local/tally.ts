/** The part of vitest's JSON report that is counted. */
export type Report = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
};

/** How many tests passed and failed, and the names of those that did not run. */
export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: readonly string[] };

/** Counts a report. A file that could not be loaded holds no tests, and counts as one failure. */
export function tally(report: Report): Tally {
  const tests = report.testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const ran = new Set(['passed', 'failed']);
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: tests.filter((test) => test.status === 'failed').length + broken.length,
    skipped: tests.filter((test) => !ran.has(test.status)).map((test) => `${test.file}: ${test.fullName}`),
  };
}
