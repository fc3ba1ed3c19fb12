/** The one catalogue of errors that cross a boundary. Codes are stable; messages are for people. */

export const errorCatalogue = {
  bad_request: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'A valid bearer token is needed' },
  forbidden: { status: 403, title: 'This token may not do that' },
  not_found: { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'It changed in the meantime' },
  precondition_failed: { status: 412, title: 'The If-Match version is not the current one' },
  payload_too_large: { status: 413, title: 'The request body is too large' },
  unsupported_media_type: { status: 415, title: 'This content type is not understood' },
  unprocessable: { status: 422, title: 'The content is not valid' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something broke here' },
  unavailable: { status: 503, title: 'A component is not reachable at the moment' },
  bad_configuration: { status: 500, title: 'The configuration is not valid' },
} as const;
export type ErrorCode = keyof typeof errorCatalogue;

/** One thing wrong with one input: where, what was there, what would be right. */
export type Problem = { field: string; value: string; expected: string };

/** An error with a code of the catalogue and, where input is to blame, every fault of it. */
export class ImpactError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, detail: string, options: { problems?: readonly Problem[]; cause?: unknown } = {}) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ImpactError';
    this.code = code;
    this.problems = options.problems ?? [];
  }
}
