/** Where a page ended, as opaque text: the next page begins there even when new rows have come meanwhile. */
import { refuse } from './when.ts';

export function cursorText(position: object): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * @param isPosition whether the decoded value is what `cursorText` was given; a cursor comes from outside like anything else
 * @throws ImpactError `bad_request` for anything that is not a cursor of ours
 */
export function positionOf<P extends object>(
  cursor: string | undefined,
  isPosition: (value: Partial<Record<keyof P, unknown>>) => boolean,
): P | null {
  if (cursor === undefined) return null;
  try {
    const value = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as P;
    if (value !== null && typeof value === 'object' && isPosition(value)) return value;
  } catch {
    // Falls through to the one refusal for every bad cursor.
  }
  return refuse('this is no cursor', {
    field: 'cursor',
    value: cursor.slice(0, 200),
    expected: 'the nextCursor of an earlier answer, unchanged',
  });
}
