import { Problem, type ProblemCode } from '@bff/problems';

/** The step at which a sign-in or step-up at a provider failed. */
export type SignInStage = 'discovery' | 'authorization' | 'token' | 'id-token' | 'user' | 'step-up';

/** The reason of a failed sign-in for the operator's log, without tokens, codes and claim values. */
export interface SignInFailure {
  readonly stage: SignInStage;
  readonly reason: string;
  /** The provider's own `error` (RFC 6749 sections 4.1.2.1 and 5.2). */
  readonly providerError?: string | undefined;
  /** The name of the claim that was missing or wrong. */
  readonly claim?: string | undefined;
  /** The system or library code of the underlying error, such as `ECONNREFUSED`. */
  readonly cause?: string | undefined;
}

/**
 * The texts for the user, which contain nothing from the provider (docs/security-requirements.md AUT-07).
 */
interface Advice {
  readonly detail: string;
  readonly resolution: string;
}

const AGAIN = 'Start the sign-in again; if it fails again, give your administrator the requestId.';

const STATE = 'state must belong to an open sign-in of this browser';

const CANCELLED: Advice = {
  detail: 'The sign-in at the identity provider was cancelled or denied.',
  resolution: 'Start the sign-in again; if you did not cancel it, ask your administrator for access.',
};

/** Texts for the reasons that the service determines itself. */
const ADVICE_BY_REASON: Readonly<Record<string, Advice>> = {
  'state-unknown': {
    detail:
      'This sign-in was not started in this browser, is already completed, or took more than ten minutes.',
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
    detail: 'The identity provider did not confirm a recent second factor of the requested class.',
    resolution: 'Start the elevation again and use the second factor that the identity provider requests.',
  },
  bff_upstream_unavailable: {
    detail: 'The identity provider cannot be reached; existing sessions continue.',
    resolution: 'Try again later.',
  },
  bff_upstream_invalid_response: {
    detail: 'The response of the identity provider is invalid.',
    resolution: AGAIN,
  },
};

/** A failed sign-in at a provider: the response for the user, and the reason for the operator's log. */
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
