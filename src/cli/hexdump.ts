/** Bytes for people. */

const ROW = 16;

const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');

/** Rows of offset, hexadecimal and text; what lies beyond `limit` bytes is only counted. */
export function hexdump(bytes: Uint8Array, limit = 512): string {
  const rows: string[] = [];
  for (let offset = 0; offset < Math.min(bytes.length, limit); offset += ROW) {
    const row = [...bytes.subarray(offset, Math.min(offset + ROW, limit))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    rows.push(`${offset.toString(16).padStart(6, '0')}  ${hex.padEnd(3 * ROW - 1)}  ${row.map(printable).join('')}`);
  }
  if (bytes.length > limit) rows.push(`… and ${bytes.length - limit} bytes more`);
  return rows.join('\n');
}
