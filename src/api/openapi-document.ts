/** What the route schemas do not say by themselves is put into the finished document: names for clients, and the one problem document. */
import { Problem } from './schemas.ts';

type Schema = { default?: unknown; required?: string[]; properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[] };
type Content = Record<string, { schema?: unknown }>;
type Response = { description?: string; content?: Content };
type Operation = {
  operationId?: string;
  summary?: string;
  security?: unknown[];
  parameters?: { required?: boolean; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  responses: Record<string, Response>;
};
type Document = { paths?: Record<string, Record<string, Operation>>; components?: object };

const problemType = 'application/problem+json';
const refused = { description: 'A problem document', content: { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } } };

/** GET /api/v1/flags/{id}/history: getFlagsByIdHistory. */
export function operationIdOf(method: string, path: string): string {
  const words = path.replace(/\/v1\b|^\/api(?=\/)/g, '').replaceAll('{', 'by-');
  return `${method}${words.replace(/[^a-z0-9]+/gi, '-').replace(/-([a-z0-9]?)/gi, (_, letter: string) => letter.toUpperCase())}`;
}

/** A caller may leave out what has a default. Validation says otherwise, for there the default stands in already. */
function relax(schema: Schema): void {
  const { required, properties = {}, items, anyOf = [] } = schema;
  const needed = required?.filter((name) => properties[name]?.default === undefined);
  if (needed?.length === 0) delete schema.required;
  else if (needed) schema.required = needed;
  for (const inner of [...Object.values(properties), ...anyOf, ...(items ? [items] : [])]) relax(inner);
}

function relaxInputs({ parameters = [], requestBody }: Operation): void {
  for (const parameter of parameters) if (parameter.schema?.default !== undefined) parameter.required = false;
  for (const { schema } of Object.values(requestBody?.content ?? {})) if (schema) relax(schema);
}

/** Every answer is described, and every operation that asks who is there may refuse. */
function describeAnswers(operation: Operation): void {
  const { responses, summary = '', security } = operation;
  for (const answer of Object.values(responses)) if (answer.description === 'Default Response') answer.description = summary;
  for (const status of ['4XX', '5XX']) {
    const asked = responses[status]?.content?.[problemType] !== undefined || (responses[status] === undefined && security?.length !== 0);
    if (asked) responses[status] = refused;
  }
}

/** @returns a copy, with `operationId`s, defaults that may be left out, and problem documents by reference */
export function finished<D extends object>(made: D): D {
  // Not the schemas themselves: those validate.
  const document = JSON.parse(JSON.stringify(made)) as Document;
  for (const [path, methods] of Object.entries(document.paths ?? {}))
    for (const [method, operation] of Object.entries(methods)) {
      operation.operationId ??= operationIdOf(method, path);
      relaxInputs(operation);
      describeAnswers(operation);
    }
  document.components = { ...document.components, schemas: { Problem } };
  return document as D;
}
