import { Problem, type ProblemCode } from '@bff/problems';

/** The step at which a sign-in or step-up at a provider failed. */
export type SignInStage = 'discovery' | 'authorization' | 'token' | 'id-token' | 'user' | 'step-up';

/** Why a sign-in at a provider failed, for the operator's log: never a token, a code or what a claim says of a person. */
export interface SignInFailure {
  readonly stage: SignInStage;
  readonly reason: string;
  /** The provider's own `error` (RFC 6749 sections 4.1.2.1 and 5.2). */
  readonly providerError?: string | undefined;
  /** The name of the claim that was missing or wrong. */
  readonly claim?: string | undefined;
  /** More about the reason: the code of the system or library for the underlying error, such as `ECONNREFUSED`. */
  readonly cause?: string | undefined;
}

/**
 * What the person is told: true, and without a word of the provider's (docs/security-requirements.md AUT-07).
 */
interface Advice {
  readonly detail: string;
  readonly resolution: string;
}

const AGAIN = 'Start the sign-in again; if it fails again, give your administrator the requestId.';

const STATE = 'state must be of a sign-in that this browser began and has not finished';

const CANCELLED: Advice = {
  detail: 'The sign-in at the identity provider was cancelled or denied.',
  resolution: 'Start the sign-in again; if you did not cancel it, ask your administrator for access.',
};

/** What the service itself finds; none of it is a text from outside. */
const ADVICE_BY_REASON: Readonly<Record<string, Advice>> = {
  'state-unknown': {
    detail:
      'This sign-in was not begun in this browser, is already completed, or took more than ten minutes.',
    resolution: 'Start the sign-in again.',
  },
  'no-active-account': {
    detail: 'Your identity at the identity provider has no active account here.',
    resolution: 'Ask your administrator for access.',
  },
  'admin-at-partner-provider': {
    detail: 'An admin cannot sign in at the provider of a partner frontend.',
    resolution: 'Sign in on another frontend.',
  },
  'signed-out-at-provider': {
    detail: 'Your session at the identity provider has ended.',
    resolution: 'Start the sign-in again.',
  },
};

const ADVICE_BY_CODE: Readonly<Partial<Record<ProblemCode, Advice>>> = {
  bff_invalid_credentials: {
    detail: 'The sign-in at the identity provider could not be completed.',
    resolution: AGAIN,
  },
  bff_elevation_refused: {
    detail: 'The identity provider did not confirm a fresh second factor of the class that was asked for.',
    resolution: 'Start the elevation again and use the second factor that the identity provider asks for.',
  },
  bff_upstream_unavailable: {
    detail: 'The identity provider cannot be reached; existing sessions continue.',
    resolution: 'Try again later.',
  },
  bff_upstream_invalid_response: {
    detail: 'The identity provider gave an answer that cannot be used.',
    resolution: AGAIN,
  },
};

/** A failed sign-in at a provider: the response for the person, and the reason for the operator. */
export class SignInProblem extends Problem {
  constructor(
    errorCode: ProblemCode,
    readonly failure: SignInFailure,
    cause?: unknown,
  ) {
    const isDenied = failure.providerError === 'access_denied';
    const advice = isDenied ? CANCELLED : (ADVICE_BY_REASON[failure.reason] ?? ADVICE_BY_CODE[errorCode]);
    const input = errorCode === 'bff_invalid_input' && {
      additionalInformation: { validationErrors: [STATE] },
    };
    super(errorCode, { ...advice, ...input, cause });
  }
}
