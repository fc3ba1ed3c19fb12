/** Records as Kafka keeps them, for tests that hand batches to a stage by themselves. */
import type { InRecord, RecordRun } from '../../src/runtime/records.ts';

/** Zigzag varint. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value) >= 0n ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const sized = (bytes: Buffer | null): Buffer[] => (bytes === null ? [varint(-1)] : [varint(bytes.length), bytes]);

function headersOf(headers: InRecord['headers'] = {}): Buffer[] {
  const each = Object.entries(headers).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => ({ name, one })));
  const fields = each.flatMap(({ name, one }) => [...sized(Buffer.from(name)), ...sized(Buffer.from(one ?? ''))]);
  return [varint(each.length), ...fields];
}

/** Some records of one partition, with growing offsets, as one run. */
export function runOf(records: readonly InRecord[], broker = false): RecordRun {
  const [baseOffset, baseTimestamp] = [Number(records[0]?.offset ?? 0), Number(records[0]?.timestamp ?? 0)];
  const bytes = records.flatMap(({ key, value, headers, offset, timestamp }) => {
    const deltas = [varint(Number(timestamp) - baseTimestamp), varint(Number(offset) - baseOffset)];
    const body = Buffer.concat([Buffer.from([0]), ...deltas, ...sized(key), ...sized(value), ...headersOf(headers)]);
    return [varint(body.length), body];
  });
  const lastOffset = Number(records.at(-1)?.offset ?? 0);
  return { bytes: Buffer.concat(bytes), count: records.length, baseOffset, lastOffset, baseTimestamp, broker };
}
