import { Problem } from '@bff/problems';
import type passport from 'passport';

/**
 * Authenticates with a Passport strategy, which receives the proof instead of a request. No Passport session
 * is created, because those cannot be listed, rotated, elevated or revoked.
 * @throws the strategy's error; Problem `bff_invalid_credentials` if it fails without one
 */
export function authenticateWithPassport<Found>(
  authenticator: passport.Authenticator,
  strategy: string,
  proof: object,
): Promise<Found> {
  return new Promise((accept, reject) => {
    const answer = (error: unknown, found?: Found | false | null): void => {
      if (found) accept(found);
      else reject((error as Error | null) ?? new Problem('bff_invalid_credentials'));
    };
    // Passport copies a strategy given by name for each request. A strategy given as an object is shared, so
    // that concurrent sign-ins would overwrite each other's callbacks.
    const middleware = authenticator.authenticate(strategy, { session: false }, answer as never) as (
      request: object,
      response: object,
      next: (error: unknown) => void,
    ) => void;
    middleware(proof, {}, answer);
  });
}
