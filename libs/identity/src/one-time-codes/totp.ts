import { Secret } from '@bff/config';
import { type SealContext } from '@bff/secrets';
import { Secret as OtpSecret, TOTP } from 'otpauth';

/** Defaults of authenticator apps, some of which ignore other parameters (RFC 6238 section 1.2). */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** Accepted steps before and after the current one, for the clock drift of phones (RFC 6238 section 5.2). */
const WINDOW = 1;
const STEP_MS = PARAMETERS.period * 1_000;

/** Maximum time after the begin of its step at which a code is accepted, in milliseconds. */
export const CODE_LIFETIME_MS = (WINDOW + 1) * STEP_MS + STEP_MS;

/** 160 bits, as RFC 4226 section 4 recommends. */
const SECRET_BYTES = 20;

/** Binds the sealed secret of a second factor to its owner. */
export function totpContext(userId: string, version: number): SealContext {
  return { kind: 'totp', owner: userId, version };
}

/** Creates a secret, in base32. */
export function newTotpSecret(): Secret {
  return new Secret(new OtpSecret({ size: SECRET_BYTES }).base32);
}

/**
 * Returns the step of a code; undefined if the code is not valid now. Compares in constant time.
 * @param now milliseconds since the epoch
 */
export function stepOfCode(secret: Secret, code: string, now: number): number | undefined {
  const totp = new TOTP({ ...PARAMETERS, secret: OtpSecret.fromBase32(secret.reveal().replace(/=+$/, '')) });
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? undefined : totp.counter({ timestamp: now }) + delta;
}

/** Returns the URI that an authenticator app reads from a QR code (Key URI format). */
export function totpUri(secret: Secret, label: string): Secret {
  const otpSecret = OtpSecret.fromBase32(secret.reveal());
  return new Secret(
    new TOTP({ ...PARAMETERS, issuer: 'Sinch Provisioning BFF', label, secret: otpSecret }).toString(),
  );
}
