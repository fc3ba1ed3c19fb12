/**
 * A walk over Avro bytes that reads nothing but lengths. A decoder trusts the item count of an array or map, so nine hostile bytes would keep
 * it busy for years; whoever decodes a type with such parts skims the bytes first.
 */

/** As much of a schema as the walk needs. */
export type AvroShape = {
  typeName: string;
  fields?: readonly { type: AvroShape }[];
  types?: readonly AvroShape[];
  itemsType?: AvroShape;
  valuesType?: AvroShape;
  underlyingType?: AvroShape;
  size?: number;
};

type Cursor = { readonly bytes: Uint8Array; at: number };
type Step = (cursor: Cursor) => void;

const MAX_VARINT_BYTES = 10;

function readVarint(cursor: Cursor): number {
  let [value, factor] = [0, 1];
  for (let i = 0; i < MAX_VARINT_BYTES; i++, factor *= 128) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new RangeError('the bytes end within a number');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
  throw new RangeError('a number of more than ten bytes');
}

function advance(cursor: Cursor, length: number): void {
  if (!(length >= 0 && length <= cursor.bytes.length - cursor.at))
    throw new RangeError(`a length of ${length} beyond the end of the bytes`);
  cursor.at += length;
}

const skipVarint: Step = (cursor) => void readVarint(cursor);
const skipSized: Step = (cursor) => advance(cursor, readVarint(cursor));
const skipFixed =
  (length: number): Step =>
  (cursor) =>
    advance(cursor, length);

/** A block whose items take no bytes (an array of nulls) is refused too: its count is bounded by the bytes that are left. */
const skipBlocks =
  (item: Step): Step =>
  (cursor) => {
    for (let count = readVarint(cursor); count !== 0; count = readVarint(cursor)) {
      if (count < 0) readVarint(cursor);
      const items = Math.abs(count);
      if (items > cursor.bytes.length - cursor.at)
        throw new RangeError(`a block of ${items} items in ${cursor.bytes.length - cursor.at} bytes`);
      for (let i = 0; i < items; i++) item(cursor);
    }
  };

const skipUnion =
  (branches: readonly Step[]): Step =>
  (cursor) => {
    const branch = branches[readVarint(cursor)];
    if (!branch) throw new RangeError('a union branch that does not exist');
    branch(cursor);
  };

const leaves: Record<string, Step> = {
  null: () => {},
  boolean: skipFixed(1),
  int: skipVarint,
  long: skipVarint,
  enum: skipVarint,
  float: skipFixed(4),
  double: skipFixed(8),
  string: skipSized,
  bytes: skipSized,
};

type Known = Map<AvroShape, Step>;

/** A type that refers to itself is known before it is whole, hence the step that looks its real one up. */
function stepOf(shape: AvroShape, known: Known): Step {
  const leaf = leaves[shape.typeName] ?? known.get(shape);
  if (leaf) return leaf;
  let whole: Step = () => {};
  known.set(shape, (cursor) => whole(cursor));
  whole = compositeStep(shape, known);
  return whole;
}

function compositeStep(shape: AvroShape, known: Known): Step {
  if (shape.underlyingType) return stepOf(shape.underlyingType, known);
  if (shape.size !== undefined && shape.typeName === 'fixed') return skipFixed(shape.size);
  if (shape.types) return skipUnion(shape.types.map((type) => stepOf(type, known)));
  if (shape.itemsType) return skipBlocks(stepOf(shape.itemsType, known));
  if (shape.valuesType) return keyedBlocks(stepOf(shape.valuesType, known));
  const steps = (shape.fields ?? []).map(({ type }) => stepOf(type, known));
  return (cursor) => {
    for (const step of steps) step(cursor);
  };
}

function keyedBlocks(value: Step): Step {
  return skipBlocks((cursor) => {
    skipSized(cursor);
    value(cursor);
  });
}

/** Whether decoding this type loops over a count from the bytes, or recurses. */
function trustsCounts(shape: AvroShape, seen = new Set<AvroShape>()): boolean {
  if (shape.itemsType || shape.valuesType || (shape.fields && seen.has(shape))) return true;
  seen.add(shape);
  const parts = [
    ...(shape.fields ?? []).map(({ type }) => type),
    ...(shape.types ?? []),
    ...(shape.underlyingType ? [shape.underlyingType] : []),
  ];
  return parts.some((part) => trustsCounts(part, new Set(seen)));
}

export type Skim = (bytes: Uint8Array, from: number) => void;

/**
 * @returns a walk that throws RangeError on bytes whose lengths do not add up, or null for a type that needs none
 */
export function createSkim(shape: AvroShape): Skim | null {
  if (!trustsCounts(shape)) return null;
  const step = stepOf(shape, new Map());
  return (bytes, from) => step({ bytes, at: from });
}
