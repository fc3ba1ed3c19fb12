/** The wire format of a record's value: one zero byte, the schema's id in four bytes, then Avro. */

export const FRAME_BYTES = 5;
/** A larger value is dead-lettered unread. Real events take a few hundred bytes. */
export const MAX_EVENT_BYTES = 1_048_576;

/** @returns the schema id, or null where the bytes are not framed so */
export function framedSchemaId(bytes: Uint8Array): number | null {
  if (bytes.length < FRAME_BYTES || bytes[0] !== 0) return null;
  // biome-ignore format: four bytes, four terms
  return (bytes[1] as number) * 0x1000000 + (((bytes[2] as number) << 16) | ((bytes[3] as number) << 8) | (bytes[4] as number));
}

/** Writes the frame of schema `id` into the first five bytes. */
export function writeFrame(bytes: Uint8Array, id: number): void {
  bytes.set([0, id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff]);
}
