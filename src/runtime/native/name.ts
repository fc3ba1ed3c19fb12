/** Names that come again and again: ClickHouse's LowCardinality(String). */
import type { Column } from './column.ts';
import { Uint32Column } from './fixed.ts';
import { TextColumn } from './text.ts';

const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

const DICTIONARY_VERSION = uint64(1);
/** Indexes of 32 bits (2), the keys stand in the block itself (1 << 9), and replace all earlier ones (1 << 10). */
const DICTIONARY_KIND = uint64(2 + (1 << 9) + (1 << 10));

/** LowCardinality(String): every distinct text once, and for each row its place. */
export class NameColumn implements Column {
  readonly type = 'LowCardinality(String)';
  private readonly places = new Map<string, number>();
  private readonly keys = new TextColumn();
  private readonly indexes = new Uint32Column('UInt32');
  private recent = '';
  private recentPlace = -1;

  get rows(): number {
    return this.indexes.rows;
  }

  add(text: string): void {
    if (text !== this.recent || this.recentPlace < 0) {
      this.recent = text;
      this.recentPlace = this.placeOf(text);
    }
    this.indexes.add(this.recentPlace);
  }

  /** @returns the text in a row */
  get(row: number): string {
    const place = this.indexes.get(row);
    for (const [text, its] of this.places) if (its === place) return text;
    return '';
  }

  private placeOf(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    const place = this.places.size;
    this.places.set(text, place);
    this.keys.add(text);
    return place;
  }

  prefix(): Buffer[] {
    return [DICTIONARY_VERSION];
  }

  /** The whole dictionary goes with every part of the rows: a refused batch is halved seldom enough. */
  chunks(from: number, to: number): Buffer[] {
    if (from === to) return [];
    const keys = this.keys.chunks(0, this.keys.rows);
    return [DICTIONARY_KIND, uint64(this.keys.rows), ...keys, uint64(to - from), ...this.indexes.chunks(from, to)];
  }

  truncate(rows: number): void {
    this.indexes.truncate(rows);
    if (rows > 0) return;
    this.places.clear();
    this.keys.truncate(0);
    this.recentPlace = -1;
  }
}
