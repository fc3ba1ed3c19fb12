/** What stands in for a batch of records that is not read, and how it is told apart from any other bytes. */

const MARK = 'impactstream does not read this batch: ';

/** The value of the one record that stands in for a batch. */
export const standIn = (why: string): Uint8Array => new TextEncoder().encode(MARK + why);

/** Why the batch was not read; null where the bytes stand in for nothing. Whoever sends such bytes sends nothing that could be used. */
export function standsFor(value: Uint8Array): string | null {
  const mark = new TextDecoder().decode(value.subarray(0, MARK.length));
  return mark === MARK ? new TextDecoder().decode(value.subarray(MARK.length)) : null;
}
