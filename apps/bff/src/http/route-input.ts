import { type InputClass, InvalidInputProblem, validInput } from '@bff/problems';
import { type FastifyRequest } from 'fastify';

type Plain = Readonly<Record<string, unknown>>;

/**
 * The input of a route that Nest serves. The request guard validates it as step 9 of the order of checks
 * (docs/contract.md section 3); handlers receive the validated body and query.
 */
export interface RouteInput {
  /** The class of the JSON body. Absent: the handler reads the body, if any. */
  readonly body?: InputClass;
  readonly bodyIsOptional?: true;
  /** Rules that need several fields of the body or are asynchronous. @throws InvalidInputProblem */
  readonly bodyRules?: (body: never) => void | Promise<void>;
  /** Reads the query parameters. @throws InvalidInputProblem */
  readonly query?: (query: Plain) => object;
}

/**
 * Replaces body and query of the request with validated ones.
 * @returns a promise only if the body has asynchronous rules
 * @throws InvalidInputProblem
 */
export function readInput(
  request: FastifyRequest,
  { body, bodyIsOptional, bodyRules, query }: RouteInput,
): void | Promise<void> {
  if (query !== undefined) request.query = query(request.query as Plain);
  if (body === undefined || (bodyIsOptional === true && request.body === undefined)) return;
  request.body = bodyInput(request.body, () => body);
  return bodyRules?.(request.body as never);
}

/**
 * Validates a JSON body.
 * @param choose selects the class, by the value if the body has several variants
 * @throws InvalidInputProblem with one sentence for each violated rule
 */
export function bodyInput<Input extends object>(
  value: unknown,
  choose: (plain: Plain) => new () => Input,
): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInputProblem(['body must be an object']);
  }
  const plain = value as Plain;
  return validInput(choose(plain), plain);
}
