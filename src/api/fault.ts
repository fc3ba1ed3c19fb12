/** Ajv's errors as the problems that a caller can act on: which field, what was there, what would be right. */
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import type { Problem } from '../domain/errors.ts';

/** Ajv adds these when it is verbose, which app.ts asks of it. */
type VerboseError = FastifySchemaValidationError & {
  data?: unknown;
  parentSchema?: { examples?: unknown[]; properties?: object; description?: string };
};

const SHOWN = 200;
const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** A value as text, cut so that a hostile one does not fill the answer. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function fieldOf(error: VerboseError): string {
  const path = error.instancePath.split('/').slice(1);
  const last = error.params['missingProperty'] ?? error.params['additionalProperty'] ?? error.params['unevaluatedProperty'];
  const parts = last === undefined ? path : [...path, String(last)];
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.') || 'body';
}

function heldBy(error: VerboseError): string {
  if (error.keyword === 'required') return '(missing)';
  const extra = error.params['additionalProperty'];
  return shown(typeof extra === 'string' ? (error.data as Record<string, unknown> | undefined)?.[extra] : error.data);
}

const expectations: Record<string, (params: Record<string, unknown>, error: VerboseError) => string> = {
  required: () => 'a value',
  additionalProperties: (_, { parentSchema }) =>
    `no such name; known are ${Object.keys(parentSchema?.properties ?? {}).join(', ') || 'none'}`,
  type: ({ type }) =>
    [type]
      .flat()
      .map((one) => article(String(one)))
      .join(' or '),
  enum: ({ allowedValues }) => `one of ${(allowedValues as unknown[]).map(shown).join(', ')}`,
  const: ({ allowedValue }) => shown(allowedValue),
  format: ({ format }) => `text of the format ${format}`,
  pattern: ({ pattern }) => `text that matches ${pattern}`,
  minimum: ({ limit }) => `at least ${limit}`,
  maximum: ({ limit }) => `at most ${limit}`,
  minLength: ({ limit }) => `at least ${limit} characters`,
  maxLength: ({ limit }) => `at most ${limit} characters`,
  minItems: ({ limit }) => `at least ${limit} items`,
  maxItems: ({ limit }) => `at most ${limit} items`,
};

function expectedOf(error: VerboseError): string {
  const text = expectations[error.keyword]?.(error.params, error) ?? error.message ?? 'something else';
  const example = error.keyword === 'additionalProperties' ? undefined : error.parentSchema?.examples?.[0];
  return example === undefined ? text : `${text}, for example ${shown(example)}`;
}

/** One problem a field: alternatives of a union become "a or b". */
export function problemsOf(errors: FastifySchemaValidationError[]): Problem[] {
  const byField = new Map<string, Problem & { expectations: Set<string> }>();
  for (const error of errors.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'if') as VerboseError[]) {
    const field = fieldOf(error);
    const one = byField.get(field) ?? { field, value: heldBy(error), expected: '', expectations: new Set() };
    one.expectations.add(expectedOf(error));
    byField.set(field, one);
  }
  return [...byField.values()].map(({ field, value, expectations: all }) => ({ field, value, expected: [...all].join(' or ') }));
}
