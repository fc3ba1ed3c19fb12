/** The wire format of a record's value: one zero byte, the schema's id in four bytes, then Avro. */

export const FRAME_BYTES = 5;
/** A larger value is dead-lettered unread. Real events take a few hundred bytes. */
export const MAX_EVENT_BYTES = 1_048_576;

/** @returns the schema id of the bytes from `from` to `to`, or null where they are not framed so */
export function schemaIdAt(bytes: Uint8Array, from: number, to: number): number | null {
  if (to - from < FRAME_BYTES || bytes[from] !== 0) return null;
  const low = ((bytes[from + 2] as number) << 16) | ((bytes[from + 3] as number) << 8) | (bytes[from + 4] as number);
  return (bytes[from + 1] as number) * 0x1000000 + low;
}

/** The same of all bytes. */
export const framedSchemaId = (bytes: Uint8Array): number | null => schemaIdAt(bytes, 0, bytes.length);

/** Writes the frame of schema `id` into the first five bytes. */
export function writeFrame(bytes: Uint8Array, id: number): void {
  bytes.set([0, id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff]);
}
