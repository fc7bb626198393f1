import { type ProblemCode } from '@bff/problems';
import { type ANSWER_SCHEMAS } from './answer-schemas.js';
import { type RouteName } from '../http/routes.js';

type InputClass = new () => object;

/** An error of the upstream that passes unchanged (docs/upstream.md section 4.3). */
export type UpstreamError = readonly [status: number, errorCode: string, message: string];

/** The documentation of an operation, in addition to its row in the route table. */
export interface OperationNote {
  readonly summary: string;
  /** The shapes that a body may have, each with an example. */
  readonly bodies?: readonly (readonly [shape: InputClass, example: object])[];
  /** Where it is not JSON. */
  readonly bodyType?: string;
  readonly bodyIsOptional?: true;
  /** The schema of a success; absent where there is no body, or no JSON. */
  readonly answer?: keyof typeof ANSWER_SCHEMAS;
  readonly mediaType?: string;
  /** Successes of another status. */
  readonly others?: Readonly<Record<number, Pick<OperationNote, 'summary' | 'answer'>>>;
  /** Errors of its own; those that follow from its row are added to them. */
  readonly problems?: readonly ProblemCode[];
  /** Whether the call goes on to the upstream, and which errors it may get there. */
  readonly upstream?: readonly UpstreamError[];
}

/** A note for every operation whose name begins so. */
export type NotesOf<Prefix extends string> = Readonly<
  Record<Extract<RouteName, `${Prefix}.${string}`>, OperationNote>
>;
