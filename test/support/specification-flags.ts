/**
 * The flags that the scenarios of OpenFeature's specification ask for (specification/assets/gherkin/test-flags.json of open-feature/spec,
 * Apache-2.0), as a flag file of flagd: what is an expression there is a JSONLogic rule here.
 */
import type { Flag } from '../../src/domain/flags/flag.ts';
import { parseFlagFile } from '../../src/domain/flags/flag-file.ts';
import { AT } from './flags.ts';

const picture = { showImages: true, title: 'Check out these pics!', imagesPerPage: 100 };
const values = {
  boolean: { usual: 'on', variants: { on: true, off: false } },
  string: { usual: 'greeting', variants: { greeting: 'hi', parting: 'bye' } },
  integer: { usual: 'ten', variants: { one: 1, ten: 10 } },
  float: { usual: 'half', variants: { tenth: 0.1, half: 0.5 } },
  object: { usual: 'template', variants: { empty: {}, template: picture } },
};
const zeros = {
  boolean: { zero: false, 'non-zero': true },
  string: { zero: '', 'non-zero': 'str' },
  integer: { zero: 0, 'non-zero': 1 },
  float: { zero: 0, 'non-zero': 1 },
  object: { zero: {}, 'non-zero': picture },
};
const kinds = ['boolean', 'string', 'integer', 'float', 'object'] as const;

const ballmer = { '===': [{ var: 'email' }, 'ballmer@macrosoft.com'] };
const zeroForBallmer = { if: [ballmer, 'zero', null] };
const audience = { internal: 'INTERNAL', external: 'EXTERNAL' };
const insider = { and: [{ '===': [{ var: 'customer' }, false] }, ballmer, { '>': [{ var: 'age' }, 10] }] };
const customer = {
  and: [
    { '===': [{ var: 'fn' }, 'Sulisław'] },
    { '===': [{ var: 'ln' }, 'Świętopełk'] },
    { '===': [{ var: 'age' }, 29] },
    { '===': [{ var: 'customer' }, false] },
  ],
};

const enabled = (variants: object, defaultVariant: string | null, more: object = {}) => ({
  state: 'ENABLED',
  variants,
  defaultVariant,
  ...more,
});

const ofKind = (kind: (typeof kinds)[number]) => ({
  [`${kind}-flag`]: enabled(values[kind].variants, values[kind].usual),
  [`${kind}-disabled-flag`]: { ...enabled(values[kind].variants, values[kind].usual), state: 'DISABLED' },
  [`${kind}-zero-flag`]: enabled(zeros[kind], 'zero'),
  [`${kind}-targeted-zero-flag`]: enabled(zeros[kind], 'zero', { targeting: zeroForBallmer }),
});

const file = {
  flags: {
    ...Object.assign({}, ...kinds.map(ofKind)),
    'complex-targeted': enabled(audience, 'external', { targeting: { if: [insider, 'internal', null] } }),
    'context-aware': enabled(audience, 'external', { targeting: { if: [customer, 'internal', null] } }),
    'metadata-flag': enabled(values.boolean.variants, 'on', { metadata: { string: '1.0.2', integer: 2, float: 0.1, boolean: true } }),
    'null-default-flag': enabled(values.boolean.variants, null),
    'wrong-flag': enabled({ one: 'uno', two: 'dos' }, 'one'),
  },
};

/** All of them, as they are stored. */
export function specificationFlags(): Flag[] {
  const parsed = parseFlagFile(file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.definitions.map((definition) => ({ ...definition, version: 1, archived: false, createdAt: AT, updatedAt: AT }));
}
