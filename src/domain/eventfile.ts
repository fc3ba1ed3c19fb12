/** Events from a file, JSON lines or CSV: every line becomes an event, or a fault that names the line, the field and what would be right. */
import { type CsvRecord, parseCsv } from './csv.ts';
import type { Problem } from './errors.ts';
import { type EventKind, eventKinds, type FeatureEvent, featureOfKind } from './event.ts';
import { findingsOf, type Limits, parseEvent, shownValue } from './validate.ts';
import { isDay } from './zone.ts';

/** A field of a kind's Avro schema, as far as a text cell must know it. */
export type FieldShape = { type: 'string' | 'number' | 'boolean' | 'map'; fallback: unknown; required: boolean };
export type KindShapes = Record<EventKind, Record<string, FieldShape>>;

export type FileRecord = { line: number; record: Record<string, unknown> };
export type FileFaults = { line: number; problem: Problem };
export type FileEvents = { events: FeatureEvent[]; faults: FileFaults[] };

/** `kind` for records that name none; `idOf` gives an id to a record without one: the same record, the same id. */
export type FileOptions = { limits: Limits; shapes: KindShapes; kind: EventKind | null; idOf: (text: string) => string };

const fault = (line: number, field: string, value: unknown, expected: string): FileFaults => ({
  line,
  problem: { field, value: shownValue(value), expected },
});

function readJson(text: string, line: number): FileRecord | FileFaults {
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === 'object' && record !== null && !Array.isArray(record)) return { line, record: record as Record<string, unknown> };
  } catch {
    // Said below: what is not JSON is not an object either.
  }
  return fault(line, '(line)', text, 'one JSON object on each line');
}

/** JSON lines; blank lines are left out, and so is a byte order mark. */
export function readJsonLines(text: string): (FileRecord | FileFaults)[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((one, index) => (one.trim() === '' ? [] : [readJson(one, index + 1)]));
}

const exampleFields = ['kind', 'tenantId', 'occurredAt', 'featureId'];

function cellsToRecord(columns: string[], cells: string[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    const text = cells[index] ?? '';
    if (text === '') return;
    const [name, attribute] = column.split('.', 2) as [string, string?];
    if (attribute === undefined) record[name] = text;
    else record[name] = { ...(record[name] as object | undefined), [attribute]: text };
  });
  return record;
}

/** A first line that names no fields is a line of data, or separated by something else: then nothing of the file can be read as it was meant. */
function headFaults({ line, cells }: CsvRecord, shapes: KindShapes): FileFaults[] {
  if (cells.length === 1 && /[;\t|]/.test(cells[0] ?? '')) return [fault(line, '(line)', cells[0], 'cells separated by commas')];
  const fields = new Set(['kind', ...Object.values(shapes).flatMap((fieldsOfKind) => Object.keys(fieldsOfKind))]);
  return cells.flatMap((column, index) => {
    if (cells.indexOf(column) < index) return [fault(line, '(line)', column, 'each field once in the first line')];
    const known = fields.has(column.split('.', 1)[0] ?? '');
    return known ? [] : [fault(line, '(line)', column, `names of fields in the first line, such as ${exampleFields.join(', ')}`)];
  });
}

/** CSV whose first line names the fields; a column `attributes.channel` sets one attribute. An empty cell is a field left out. */
export function readCsv(text: string, shapes: KindShapes): (FileRecord | FileFaults)[] {
  const [head, ...body] = parseCsv(text);
  if (head === undefined) return [];
  const faults = headFaults(head, shapes);
  if (faults.length > 0) return faults;
  return body.map(({ line, cells }) =>
    cells.length > head.cells.length
      ? fault(line, '(line)', cells.join(','), `at most ${head.cells.length} cells, as many as the first line names`)
      : { line, record: cellsToRecord(head.cells, cells) },
  );
}

/** A text cell as its field's type, where it can be one; else it stays text, and validation says what is wrong with it. */
function typed(value: unknown, shape: FieldShape): unknown {
  if (typeof value !== 'string' || shape.type === 'string') return value;
  if (shape.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return shape.type === 'number' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value;
}

const timeFields = new Set(['occurredAt', 'chargePeriodStart', 'chargePeriodEnd']);

/** Times may be written as ISO 8601 with a zone; "2026-01-11T08:00:00Z" -> milliseconds. */
function timeOf(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(value)) return value;
  // JavaScript takes 30 February for 2 March.
  const time = isDay(value.slice(0, 10)) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? value : time;
}

function complete(record: Record<string, unknown>, shapes: Record<string, FieldShape>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(shapes).map(([field, shape]) => {
      const given = record[field] === undefined ? shape.fallback : typed(record[field], shape);
      return [field, timeFields.has(field) ? timeOf(given) : given];
    }),
  );
}

function kindOf({ line, record }: FileRecord, fallback: EventKind | null): EventKind | FileFaults {
  const kind = (record['kind'] ?? fallback ?? undefined) as EventKind | undefined;
  return kind !== undefined && eventKinds.includes(kind) ? kind : fault(line, 'kind', record['kind'], `one of ${eventKinds.join(', ')}`);
}

const strangeFields = ({ line, record }: FileRecord, kind: EventKind, shapes: Record<string, FieldShape>): FileFaults[] =>
  Object.keys(record)
    .filter((field) => field !== 'kind' && shapes[field] === undefined)
    .map((field) => fault(line, field, record[field], `a field of ${kind}: ${Object.keys(shapes).join(', ')}`));

/** A file may also write times in words, which an event itself may not. */
const inFile = ({ field, value, expected }: Problem): Problem => ({
  field,
  value,
  expected: timeFields.has(field) ? `an ISO 8601 time with its zone, or ${expected}` : expected,
});

function readOne(one: FileRecord, options: FileOptions): FeatureEvent | FileFaults[] {
  const kind = kindOf(one, options.kind);
  if (typeof kind !== 'string') return [kind];
  const shapes = options.shapes[kind];
  const strange = strangeFields(one, kind, shapes);
  const given = { eventId: options.idOf(JSON.stringify(one.record)), featureId: featureOfKind[kind], source: 'file', ...one.record };
  const record = complete(given, shapes);
  const parsed = parseEvent(kind, record, options.limits);
  if (parsed.ok) return strange.length > 0 ? strange : parsed.event;
  const findings = findingsOf(kind, record, options.limits).map((finding) => ({ line: one.line, problem: inFile(finding) }));
  return [...strange, ...findings];
}

/** Reads all records; the caller sends nothing unless there are no faults. */
export function eventsOfFile(records: readonly (FileRecord | FileFaults)[], options: FileOptions): FileEvents {
  const result: FileEvents = { events: [], faults: [] };
  for (const one of records) {
    const read = 'problem' in one ? [one] : readOne(one, options);
    if (Array.isArray(read)) result.faults.push(...read);
    else result.events.push(read);
  }
  return result;
}
