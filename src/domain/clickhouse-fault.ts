/** What an error of ClickHouse means for whoever asked: by its code, for its words change from release to release. */
import type { ErrorCode } from './errors.ts';

/** A row, a value, a constraint: other rows may do. */
const dataFaults = {
  CANNOT_PARSE_TEXT: 6,
  CANNOT_PARSE_ESCAPE_SEQUENCE: 25,
  CANNOT_PARSE_QUOTED_STRING: 26,
  CANNOT_PARSE_INPUT_ASSERTION_FAILED: 27,
  CANNOT_READ_ALL_DATA: 33,
  CANNOT_PARSE_DATE: 38,
  CANNOT_PARSE_DATETIME: 41,
  ILLEGAL_TYPE_OF_ARGUMENT: 43,
  TYPE_MISMATCH: 53,
  ARGUMENT_OUT_OF_BOUND: 69,
  CANNOT_CONVERT_TYPE: 70,
  CANNOT_PARSE_NUMBER: 72,
  INCORRECT_DATA: 117,
  TOO_LARGE_ARRAY_SIZE: 128,
  CANNOT_READ_ARRAY_FROM_TEXT: 130,
  TOO_LARGE_STRING_SIZE: 131,
  VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE: 321,
  CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN: 349,
  CANNOT_PARSE_UUID: 376,
  DECIMAL_OVERFLOW: 407,
  CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING: 441,
  VIOLATED_CONSTRAINT: 469,
};

/** The statement, or the schema that it was written for: no row and no waiting mends it. */
const statementFaults = {
  THERE_IS_NO_COLUMN: 8,
  NOT_FOUND_COLUMN_IN_BLOCK: 10,
  DUPLICATE_COLUMN: 15,
  NO_SUCH_COLUMN_IN_TABLE: 16,
  NUMBER_OF_COLUMNS_DOESNT_MATCH: 20,
  TOO_MANY_ARGUMENTS_FOR_FUNCTION: 34,
  TOO_FEW_ARGUMENTS_FOR_FUNCTION: 35,
  BAD_ARGUMENTS: 36,
  NUMBER_OF_ARGUMENTS_DOESNT_MATCH: 42,
  ILLEGAL_COLUMN: 44,
  UNKNOWN_FUNCTION: 46,
  UNKNOWN_IDENTIFIER: 47,
  NOT_IMPLEMENTED: 48,
  UNKNOWN_TYPE: 50,
  UNKNOWN_TABLE: 60,
  SYNTAX_ERROR: 62,
  UNKNOWN_AGGREGATE_FUNCTION: 63,
  UNKNOWN_FORMAT: 73,
  INCORRECT_QUERY: 80,
  UNKNOWN_DATABASE: 81,
  UNKNOWN_SETTING: 115,
  INCORRECT_RESULT_OF_SCALAR_SUBQUERY: 125,
  ILLEGAL_DIVISION: 153,
  TOO_DEEP_AST: 167,
  TOO_BIG_AST: 168,
  CYCLIC_ALIASES: 174,
  MULTIPLE_EXPRESSIONS_FOR_ALIAS: 179,
  ILLEGAL_FINAL: 181,
  ILLEGAL_PREWHERE: 182,
  ILLEGAL_AGGREGATION: 184,
  SIZES_OF_ARRAYS_DONT_MATCH: 190,
  AMBIGUOUS_IDENTIFIER: 207,
  NOT_AN_AGGREGATE: 215,
  QUERY_IS_TOO_LARGE: 229,
  UNION_ALL_RESULT_STRUCTURES_MISMATCH: 258,
  AMBIGUOUS_COLUMN_NAME: 352,
  NO_COMMON_TYPE: 386,
  INVALID_JOIN_ON_EXPRESSION: 403,
  UNKNOWN_QUERY_PARAMETER: 456,
  BAD_QUERY_PARAMETER: 457,
};

/** Of a file with columns of its own: one is not there, or of a type that cannot become ours. */
const fileFaults = { THERE_IS_NO_COLUMN: 8, NOT_IMPLEMENTED: 48 };

const codesOf = (faults: Record<string, number>): ReadonlySet<string> => new Set(Object.values(faults).map(String));
const [ofData, ofStatements, ofFiles] = [dataFaults, statementFaults, fileFaults].map(codesOf) as [
  ReadonlySet<string>,
  ReadonlySet<string>,
  ReadonlySet<string>,
];

/**
 * `unprocessable` blames what was to be stored, `internal` the statement. All else (network, timeouts, overload, too many parts, no memory, a full
 * disk, a table that is read-only, Keeper, and codes that nobody here knows) may pass or be mended by an operator: whoever must not lose anything waits.
 * @param code as ClickHouse numbers it; null when there was no answer at all
 * @param from `file`: the data comes in a file of somebody else's making
 */
export function clickHouseFault(
  code: string | null,
  from: 'us' | 'file' = 'us',
): ErrorCode & ('unprocessable' | 'internal' | 'unavailable') {
  if (code === null) return 'unavailable';
  if (ofData.has(code) || (from === 'file' && ofFiles.has(code))) return 'unprocessable';
  return ofStatements.has(code) ? 'internal' : 'unavailable';
}
