/** A failure as fields of a log line. */

const ownFaults = [TypeError, RangeError, ReferenceError, SyntaxError];

/** What was said; and where, when it is a fault of the program: an outage mends itself, a fault has to be found. */
export function faultFields(error: unknown): Record<string, string> {
  const fault = ownFaults.some((kind) => error instanceof kind);
  return { error: String(error), ...(fault ? { stack: (error as Error).stack ?? '' } : {}) };
}
