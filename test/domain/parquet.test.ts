import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { AFTER_DIGESTED, ending, entryBytes, entryIn, footerBytes, REPLACED_BYTES } from '../../src/domain/parquet.ts';

/** Not a real footer, but one that ends as all do. */
const footer = Buffer.from([0x15, 0x02, 0x00]);
const file = Buffer.concat([Buffer.from('PAR1 rows'), footer, Buffer.from([3, 0, 0, 0]), Buffer.from('PAR1')]);

function withEntry(value: string): Buffer {
  const entry = entryBytes('our.key', value);
  const body = Buffer.concat([file.subarray(0, -REPLACED_BYTES), entry]);
  return Buffer.concat([body, ending(footer.length, entry, createHash('sha256').update(body).digest('hex'))]);
}

it('finds the footer by the last bytes, and none where there is no Parquet file', () => {
  expect(footerBytes(file)).toBe(3);
  expect(footerBytes(file.subarray(0, -1))).toBeNull();
  expect(footerBytes(Buffer.from('PAR1'))).toBeNull();
  expect(footerBytes(Buffer.alloc(0))).toBeNull();
});

it.each(['', 'short', 'ä'.repeat(100), 'long '.repeat(5000)])('takes an entry and gives it back (%#)', (value) => {
  const made = withEntry(value);
  const found = entryIn(made, 'our.key');
  expect(found?.value).toBe(value);
  expect(found?.digest).toBe(createHash('sha256').update(made.subarray(0, -AFTER_DIGESTED)).digest('hex'));
  expect(footerBytes(made)).toBe(made.length - 'PAR1 rows'.length - 8);
});

it('writes the list of entries as the compact protocol has it', () => {
  const entry = Buffer.from(entryBytes('k', 'v'));
  expect(entry.subarray(0, 10).toString('hex')).toBe('090a2c' + '18016b' + '180176' + '00');
  expect(entry.subarray(10).toString('latin1')).toBe('\x18\x13impactstream.sha256\x18\x40');
});

it('knows no entry of another key, none without a digest, none in a file that is cut short, none in anything else', () => {
  const made = withEntry('value');
  expect(entryIn(made, 'another.key')).toBeNull();
  expect(entryIn(file, 'our.key')).toBeNull();
  expect(entryIn(made.subarray(0, -1), 'our.key')).toBeNull();
  expect(
    entryIn(Buffer.concat([made.subarray(0, -AFTER_DIGESTED), Buffer.alloc(AFTER_DIGESTED - 4), Buffer.from('PAR1')]), 'our.key'),
  ).toBeNull();
  expect(entryIn(Buffer.from('hello'), 'our.key')).toBeNull();
});

it('does not lose itself in a length that is none', () => {
  const made = withEntry('value');
  const at = made.indexOf('our.key') + 'our.key'.length + 1;
  made.fill(0xff, at, at + 6);
  expect(entryIn(made, 'our.key')).toMatchObject({ value: expect.any(String) });
});
