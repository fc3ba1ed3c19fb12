/** Columns as one block of ClickHouse's Native format: it copies columns where it would have to parse rows. */
import type { Column } from './column.ts';

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
};

const text = (characters: string): Buffer => {
  const bytes = Buffer.from(characters);
  return Buffer.concat([varint(bytes.length), bytes]);
};

/** Some rows of named columns as one block of the Native format. */
export function nativeBlock(columns: Readonly<Record<string, Column>>, from: number, to: number): Buffer[] {
  const named = Object.entries(columns);
  return [
    varint(named.length),
    varint(to - from),
    ...named.flatMap(([name, column]) => [text(name), text(column.type), ...column.prefix(), ...column.chunks(from, to)]),
  ];
}
