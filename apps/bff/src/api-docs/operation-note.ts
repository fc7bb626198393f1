import { type InputClass, type ProblemCode } from '@bff/problems';
import { type UpstreamErrorCode } from '../http/error-codes.js';
import { type RouteName } from '../http/routes.js';

/** A successful response. */
export interface Success {
  readonly summary: string;
  /** The classes of the possible bodies; `text` and `object` are bodies without a class. Absent: the response has no body. */
  readonly response?: readonly [InputClass, ...InputClass[]] | 'text' | 'object';
  /** Default: `application/json`. */
  readonly mediaType?: string;
}

/** The documentation of an operation, in addition to its row in the route table. */
export interface OperationNote extends Success {
  /** Markdown in addition to the summary; the access rules are appended. */
  readonly description?: string;
  /** The classes that a body may have, each with an example. */
  readonly bodies?: readonly (readonly [shape: InputClass, example: object])[];
  /** Default: `application/json`. */
  readonly bodyType?: string;
  readonly bodyIsOptional?: true;
  /** Successful responses with another status. */
  readonly others?: Readonly<Record<number, Success>>;
  /** Errors in addition to those that follow from the route table. */
  readonly problems?: readonly ProblemCode[];
  /** The errors of the upstream that a proxied route relays; absent for every other route. */
  readonly upstream?: readonly UpstreamErrorCode[];
}

/** A note for every operation whose name has the prefix. */
export type NotesOf<Prefix extends string> = Readonly<
  Record<Extract<RouteName, `${Prefix}.${string}`>, OperationNote>
>;
