import { type InputClass, InvalidInputProblem, validInput } from '@bff/problems';
import { type FastifyRequest } from 'fastify';

type Plain = Readonly<Record<string, unknown>>;

/**
 * The input of a route that Nest serves. The request guard validates it as step 9 of the order of checks
 * (docs/contract.md section 3); handlers receive the validated body and query.
 */
export interface RouteInput {
  /** The class of the JSON body; absent: the handler reads the body, if there is one, itself. */
  readonly body?: InputClass;
  readonly bodyIsOptional?: true;
  /** The rules of the body that need more than one member or are asynchronous. @throws InvalidInputProblem */
  readonly bodyRules?: (body: never) => void | Promise<void>;
  /** Reads the query parameters. @throws InvalidInputProblem */
  readonly query?: (query: Plain) => object;
}

/**
 * Replaces body and query of the request by validated ones.
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
 * A validated JSON body.
 * @param choose the class; by the value, where one body has several shapes
 * @throws InvalidInputProblem with a sentence for every broken rule
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
