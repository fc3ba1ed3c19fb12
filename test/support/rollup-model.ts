/**
 * The rule by which rollups stay right, as a model: the raw table, two rollup tiers and the epochs, with every read and every write of a flush
 * or a replay as a step of its own, so that a test can interleave, kill and revive them at will. The SQL in `src/query/recompute.ts` says the same.
 */
import { versionOf } from './version.ts';

export type Delivery = { id: number; minute: number; revision: number; retracted: boolean; group: string; value: number; at: number };
type Row = Delivery & { version: bigint };
type Aggregate = { version: bigint; n: number; sum: number };
type Task = Generator<void, void>;

const HOUR = -1;

export class Model {
  readonly raw = new Map<string, Row>();
  /** By `bucket|group|epoch`; the hour is bucket -1. */
  readonly rollup = new Map<string, Aggregate>();
  active = 0;
  building = 0;
  highest = 0;
  readonly committed: number[];
  readonly logs: readonly (readonly Delivery[])[];

  constructor(logs: readonly (readonly Delivery[])[]) {
    this.logs = logs;
    this.committed = logs.map(() => 0);
  }

  private insertRaw(partition: number, offset: number): void {
    const delivery = this.logs[partition]?.[offset] as Delivery;
    const version = versionOf({ ...delivery, timestamp: delivery.at, offset, partition, kind: 'custom-metrics' });
    const key = `${delivery.minute}|${delivery.id}`;
    const known = this.raw.get(key);
    if (!known || known.version < version) this.raw.set(key, { ...delivery, version });
  }

  private write(rows: Map<string, Aggregate>): void {
    for (const [key, row] of rows) {
      const known = this.rollup.get(key);
      if (!known || known.version <= row.version) this.rollup.set(key, row);
    }
  }

  private readMinute(minute: number, epochs: number[]): Map<string, Aggregate> {
    const rows = [...this.raw.values()].filter((row) => row.minute === minute);
    const version = 2n * rows.reduce((sum, row) => sum + row.version, 0n) + 1n;
    const found = new Map<string, Aggregate>();
    for (const epoch of epochs) {
      for (const { group, retracted, value } of rows) {
        const key = `${minute}|${group}|${epoch}`;
        const { n, sum } = found.get(key) ?? { n: 0, sum: 0 };
        found.set(key, { version, n: n + (retracted ? 0 : 1), sum: sum + (retracted ? 0 : value) });
      }
    }
    return found;
  }

  private bucketRows(wanted: (bucket: number) => boolean): { bucket: number; group: string; epoch: number; row: Aggregate }[] {
    return [...this.rollup]
      .map(([key, row]) => ({ key: key.split('|'), row }))
      .map(({ key: [bucket, group = '', epoch], row }) => ({ bucket: Number(bucket), group, epoch: Number(epoch), row }))
      .filter(({ bucket }) => wanted(bucket));
  }

  private newest(rows: { bucket: number; epoch: number; row: Aggregate }[]): Map<string, bigint> {
    const newest = new Map<string, bigint>();
    for (const { bucket, epoch, row } of rows) {
      const key = `${bucket}|${epoch}`;
      if (row.version > (newest.get(key) ?? -1n)) newest.set(key, row.version);
    }
    return newest;
  }

  private readHour(): Map<string, Aggregate> {
    const rows = this.bucketRows((bucket) => bucket !== HOUR);
    const newest = this.newest(rows);
    const versions = new Map<number, bigint>();
    for (const [key, version] of newest) {
      const epoch = Number(key.split('|')[1]);
      versions.set(epoch, (versions.get(epoch) ?? 0n) + (version >> 1n));
    }
    const found = new Map<string, Aggregate>();
    for (const { bucket, group, epoch, row } of rows) {
      if (row.version !== newest.get(`${bucket}|${epoch}`)) continue;
      const key = `${HOUR}|${group}|${epoch}`;
      const { n, sum } = found.get(key) ?? { n: 0, sum: 0 };
      found.set(key, { version: 2n * (versions.get(epoch) ?? 0n) + 1n, n: n + row.n, sum: sum + row.sum });
    }
    return found;
  }

  private readVanished(wanted: (bucket: number) => boolean): Map<string, Aggregate> {
    const rows = this.bucketRows(wanted);
    const newest = this.newest(rows);
    const found = new Map<string, Aggregate>();
    for (const { bucket, group, epoch, row } of rows) {
      const version = (newest.get(`${bucket}|${epoch}`) ?? 0n) - 1n;
      if (row.version < version) found.set(`${bucket}|${group}|${epoch}`, { version, n: 0, sum: 0 });
    }
    return found;
  }

  /** A statement reads, and what it writes lands some time later: the yield lies between the two. */
  private *statement(read: () => Map<string, Aggregate>): Task {
    const rows = read();
    this.pending = rows;
    yield;
    this.write(rows);
    yield;
  }

  /** What the statement that is stopped now would still write. */
  pending: Map<string, Aggregate> | null = null;

  land(rows: Map<string, Aggregate>): void {
    this.write(rows);
  }

  private *recompute(minutes: Set<number>, epochs: () => number[]): Task {
    for (const minute of minutes) yield* this.statement(() => this.readMinute(minute, epochs()));
    yield* this.statement(() => this.readVanished((bucket) => minutes.has(bucket)));
    yield* this.statement(() => this.readHour());
    yield* this.statement(() => this.readVanished((bucket) => bucket === HOUR));
  }

  *flush(partition: number, size: number, owns: () => boolean): Task {
    const from = this.committed[partition] as number;
    const to = Math.min(from + size, this.logs[partition]?.length ?? 0);
    if (from === to) return;
    yield;
    const minutes = new Set<number>();
    for (let offset = from; offset < to; offset++) {
      this.insertRaw(partition, offset);
      minutes.add(this.logs[partition]?.[offset]?.minute as number);
    }
    yield;
    yield* this.recompute(minutes, () => (this.building > 0 ? [this.active, this.building] : [this.active]));
    if (owns()) this.committed[partition] = to;
  }

  *replay(minutes: Set<number>): Task {
    if (this.building === 0) this.building = this.highest = this.highest + 1;
    const epoch = this.building;
    yield;
    yield* this.recompute(minutes, () => [epoch]);
    if (this.building !== epoch) return;
    const old = this.active;
    [this.active, this.building] = [epoch, 0];
    yield;
    this.drop(old);
  }

  cancel(): void {
    const epoch = this.building;
    this.building = 0;
    if (epoch > 0) this.drop(epoch);
  }

  private drop(epoch: number): void {
    for (const key of [...this.rollup.keys()]) if (key.endsWith(`|${epoch}`)) this.rollup.delete(key);
  }

  /** What readers see: `bucket|group` to count and sum. */
  visible(): Record<string, { n: number; sum: number }> {
    const rows = this.bucketRows(() => true).filter(({ epoch, row }) => epoch === this.active && row.n > 0);
    return Object.fromEntries(rows.map(({ bucket, group, row }) => [`${bucket}|${group}`, { n: row.n, sum: row.sum }]).sort());
  }

  /** What they should see, from the raw rows alone. */
  expected(): Record<string, { n: number; sum: number }> {
    const found: Record<string, { n: number; sum: number }> = {};
    for (const { minute, group, retracted, value } of this.raw.values()) {
      if (retracted) continue;
      for (const key of [`${minute}|${group}`, `${HOUR}|${group}`]) {
        const { n, sum } = found[key] ?? { n: 0, sum: 0 };
        found[key] = { n: n + 1, sum: sum + value };
      }
    }
    return Object.fromEntries(Object.entries(found).sort());
  }
}
