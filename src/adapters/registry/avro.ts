/** Our Avro types. Times stay numbers (milliseconds); decimals are exact text. */
import { readFileSync } from 'node:fs';
import avro, { type Type } from 'avsc';
import { decimalBytes, decimalText } from '../../domain/decimal.ts';
import { FRAME_BYTES, writeFrame } from '../../domain/frame.ts';
import type { SchemaName } from '../../domain/schema.ts';
import type { Encoder } from '../../runtime/codec.ts';

type DecimalSchema = { scale?: number };

class Decimal extends avro.types.LogicalType {
  readonly scale: number;

  constructor(schema: avro.Schema, options?: object) {
    super(schema, options);
    this.scale = (schema as DecimalSchema).scale ?? 0;
  }

  protected override _fromValue(bytes: Buffer): string {
    return decimalText(bytes, this.scale);
  }

  protected override _toValue(text: string): Buffer {
    return Buffer.from(decimalBytes(text, this.scale));
  }

  /** A writer's decimal of the same scale has already become text; any other one would change the amount. */
  protected override _resolve(writer: Type): ((text: string) => string) | undefined {
    return writer instanceof Decimal && writer.scale === this.scale ? (text) => text : undefined;
  }
}

/** @throws Error when the text is not an Avro schema */
export function avroType(schemaText: string): Type {
  return avro.Type.forSchema(JSON.parse(schemaText) as avro.Schema, { logicalTypes: { decimal: Decimal as never } });
}

const schemaFile = (name: SchemaName): URL => new URL(`../../../schemas/avro/${name}.avsc`, import.meta.url);

/** The schema file as it is released, without its white space. */
export function ownSchemaText(name: SchemaName): string {
  return JSON.stringify(JSON.parse(readFileSync(schemaFile(name), 'utf8')));
}

const SCRATCH_BYTES = 65_536;

/** An encoder into framed bytes. Throws Error on a record that the type cannot hold. */
export function encoderOf(type: Type, schemaId: number): Encoder {
  const scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  writeFrame(scratch, schemaId);
  return (record) => {
    // A negative end is minus the bytes that were missing.
    const end = type.encode(record, scratch, FRAME_BYTES);
    if (end > 0) return Buffer.from(scratch.subarray(0, end));
    const large = Buffer.allocUnsafe(SCRATCH_BYTES - end);
    scratch.copy(large, 0, 0, FRAME_BYTES);
    return large.subarray(0, type.encode(record, large, FRAME_BYTES));
  };
}
