import { Problem } from '@bff/problems';
import type passport from 'passport';

/**
 * Asks a strategy who somebody is, handing it the proof in the place of a request and keeping no session,
 * because sessions of Passport cannot be listed, rotated, elevated or revoked.
 * @throws what the strategy fails with; Problem `bff_invalid_credentials` where it only says no
 */
export function askPassport<Found>(
  authenticator: passport.Authenticator,
  strategy: string,
  proof: object,
): Promise<Found> {
  return new Promise((accept, reject) => {
    const answer = (error: unknown, found?: Found | false | null): void => {
      if (found) accept(found);
      else reject((error as Error | null) ?? new Problem('bff_invalid_credentials'));
    };
    // By its name: Passport makes a copy for each request then. Given the object itself it would keep the callbacks of
    // a request in it, and of two sign-ins at once one would be answered with the other's outcome.
    const middleware = authenticator.authenticate(strategy, { session: false }, answer as never) as (
      request: object,
      response: object,
      next: (error: unknown) => void,
    ) => void;
    middleware(proof, {}, answer);
  });
}
