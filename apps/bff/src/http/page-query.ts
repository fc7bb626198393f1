import { InvalidInputProblem } from '@bff/problems';
import { type QueryName } from './routes.js';

/** Paging parameters of a list (docs/contract.md section 3). */
export interface PageQuery {
  /** Opaque token from an earlier page. */
  readonly pageToken: string | undefined;
  readonly pageSize: number | undefined;
}

/** The parsed query string of a request. */
type Query = Readonly<Record<string, unknown>>;

/** The tokens of the upstream are long; request line and headers together are at most 16 KiB. */
const MAX_TOKEN_LENGTH = 8_192;
const MAX_FILTER_LENGTH = 255;
const PAGE_SIZE = /^0*(?:[1-9]\d?|100)$/;

/**
 * Creates the parser of {@link PageQuery} and of the filters of a list. It is hand-written because class-validator
 * used as much CPU as the rest of the request.
 * @returns a function that throws InvalidInputProblem for unknown or repeated parameters and for values out of bounds
 */
export function pageQuery<Filter extends QueryName = never>(
  ...names: readonly Filter[]
): (query: Query) => PageQuery & Readonly<Record<Filter, string | undefined>> {
  const known: readonly string[] = ['pageToken', 'pageSize', ...names];
  return (query) => {
    const problems = unknownNames(query, known);
    const filters = readFilters(query, names, problems);
    // An HTML form sends an empty parameter for an empty field.
    const pageToken = query.pageToken === '' ? undefined : query.pageToken;
    const { pageSize } = query;
    if (pageToken !== undefined && !isStringUpTo(pageToken, MAX_TOKEN_LENGTH)) {
      problems.push(`pageToken must be a single string of 1 to ${MAX_TOKEN_LENGTH} characters`);
    }
    if (pageSize !== undefined && !(typeof pageSize === 'string' && PAGE_SIZE.test(pageSize))) {
      problems.push('pageSize must be a single integer from 1 to 100');
    }
    if (problems.length > 0) throw new InvalidInputProblem(problems);
    return Object.assign(filters, {
      pageToken: pageToken as string | undefined,
      pageSize: pageSize === undefined ? undefined : Number(pageSize),
    });
  };
}

/**
 * Creates the parser of string parameters that may appear at most once each.
 * @returns a function that throws InvalidInputProblem
 */
export function stringQuery<Name extends QueryName>(
  ...names: readonly Name[]
): (query: Query) => Readonly<Record<Name, string | undefined>> {
  return (query) => {
    const problems = unknownNames(query, names);
    const values = readFilters(query, names, problems);
    if (problems.length > 0) throw new InvalidInputProblem(problems);
    return values;
  };
}

function unknownNames(query: Query, known: readonly string[]): string[] {
  const problems: string[] = [];
  for (const name of Object.keys(query)) if (!known.includes(name)) problems.push(`${name} should not exist`);
  return problems;
}

function readFilters<Name extends string>(
  query: Query,
  names: readonly Name[],
  problems: string[],
): Record<Name, string | undefined> {
  const values = {} as Record<Name, string | undefined>;
  for (const name of names) {
    const value = query[name];
    if (value === undefined || (isStringUpTo(value, MAX_FILTER_LENGTH) && !/\p{Cc}/u.test(value)))
      values[name] = value;
    else
      problems.push(
        `${name} must be a single string of 1 to ${MAX_FILTER_LENGTH} characters without control characters`,
      );
  }
  return values;
}

function isStringUpTo(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength;
}
