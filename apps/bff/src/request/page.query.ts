import { InvalidInputProblem } from '@bff/problems';
import { type PipeTransform } from '@nestjs/common';

/** How lists page (contract.md section 3): an opaque token of an earlier page, and how many entries. */
export interface PageQuery {
  readonly pageToken: string | undefined;
  readonly pageSize: number | undefined;
}

const MAX_TOKEN_LENGTH = 2048;
const ONE_TO_HUNDRED = /^0*(?:[1-9]\d?|100)$/;

/** Reads {@link PageQuery} by hand: on this path class-validator cost as much as the rest of the service. */
export class PagePipe implements PipeTransform<Readonly<Record<string, unknown>>, PageQuery> {
  /** @throws InvalidInputProblem for unknown or repeated parameters and for values out of bounds */
  transform(query: Readonly<Record<string, unknown>>): PageQuery {
    const { pageToken, pageSize, ...unknown } = query;
    const problems = Object.keys(unknown).map((name) => `${name} should not exist`);
    if (pageToken !== undefined && !(typeof pageToken === 'string' && isTokenLike(pageToken))) {
      problems.push(`pageToken must be one text of 1 to ${MAX_TOKEN_LENGTH} characters`);
    }
    if (pageSize !== undefined && !(typeof pageSize === 'string' && ONE_TO_HUNDRED.test(pageSize))) {
      problems.push('pageSize must be one whole number from 1 to 100');
    }
    if (problems.length > 0) throw new InvalidInputProblem(problems);
    return {
      pageToken: pageToken as string | undefined,
      pageSize: pageSize === undefined ? undefined : Number(pageSize),
    };
  }
}

function isTokenLike(text: string): boolean {
  return text.length > 0 && text.length <= MAX_TOKEN_LENGTH;
}
