import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AvroShape, createSkim } from '../../src/domain/skim.ts';

const skimOf = (schema: avro.Schema) => {
  const type = avro.Type.forSchema(schema);
  return { type, skim: createSkim(type as unknown as AvroShape) };
};

const everything: avro.Schema = {
  type: 'record',
  name: 'Everything',
  fields: [
    { name: 'text', type: 'string' },
    { name: 'number', type: ['null', 'long'] },
    { name: 'list', type: { type: 'array', items: 'string' } },
    { name: 'map', type: { type: 'map', values: { type: 'fixed', name: 'Four', size: 4 } } },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'flag', type: 'boolean' },
    { name: 'real', type: ['double', 'string'] },
    { name: 'small', type: 'float' },
    { name: 'next', type: ['null', 'Everything'] },
  ],
};

const sample = {
  text: 'héllo',
  number: -12345678901,
  list: ['a', '', 'c'],
  map: { x: Buffer.from('1234') },
  kind: 'B',
  flag: true,
  real: 0.5,
  small: 1.5,
};

describe('skimming Avro bytes', () => {
  it('walks over every type, nested ones too', () => {
    const { type, skim } = skimOf(everything);
    const bytes = type.toBuffer({ ...sample, next: { ...sample, next: null } });
    expect(() => skim?.(bytes, 0)).not.toThrow();
  });

  it('refuses the bytes when they are cut off anywhere', () => {
    const { type, skim } = skimOf(everything);
    const bytes = type.toBuffer({ ...sample, next: { ...sample, next: null } });
    for (let length = 0; length < bytes.length; length++)
      expect(() => skim?.(bytes.subarray(0, length), 0), `${length}`).toThrow(RangeError);
  });

  it('ends at once on a map that claims to have quadrillions of entries', () => {
    const { skim } = skimOf({ type: 'map', values: 'string' });
    const claim = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
    expect(() => skim?.(claim, 0)).toThrow(/items in/);
    const empty = skimOf({ type: 'array', items: 'null' });
    expect(() => empty.skim?.(claim, 0)).toThrow(/items in/);
  });

  it('refuses a negative length, an unknown union branch, and a number that never ends', () => {
    const { skim } = skimOf({ type: 'array', items: ['null', 'string'] });
    expect(() => skim?.(Buffer.from([2, 2, 1, 0]), 0)).toThrow(/length of -1/);
    expect(() => skim?.(Buffer.from([2, 8, 0]), 0)).toThrow(/branch/);
    expect(() => skim?.(Buffer.alloc(40, 0xff), 0)).toThrow(/more than ten bytes/);
  });

  it('is not needed where no count comes from the bytes', () => {
    expect(skimOf({ type: 'record', name: 'Flat', fields: [{ name: 'a', type: ['null', 'string'] }] }).skim).toBeNull();
  });

  it('never hangs and never reads past the end, whatever the bytes', () => {
    const { type, skim } = skimOf(everything);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (random) => {
        const bytes = Buffer.from(random);
        try {
          skim?.(bytes, 0);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        // What was skimmed can be decoded without a loop beyond the bytes.
        expect(() => {
          try {
            type.decode(bytes, 0);
          } catch {
            // A wrong enum index or a number beyond 2^53: decoding says so by itself.
          }
        }).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});
