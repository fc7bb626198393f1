import { Secret } from '@bff/config';
import { type SealContext } from '@bff/secrets';
import { Secret as OtpSecret, TOTP } from 'otpauth';

/** What authenticator apps take without being told (RFC 6238 section 1.2; the apps' common ground). */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** Clocks of telephones stray: one step before and one after count too (RFC 6238 section 5.2). */
const WINDOW = 1;
const STEP_MS = PARAMETERS.period * 1_000;

/** So long after its step began a code may still be accepted. */
export const CODE_LIFETIME_MS = (WINDOW + 1) * STEP_MS + STEP_MS;

/** 160 bits, as RFC 4226 section 4 recommends. */
const SECRET_BYTES = 20;

/** The secret of a second factor is sealed for its owner alone. */
export function totpContext(userId: string, version: number): SealContext {
  return { kind: 'totp', owner: userId, version };
}

/** A new secret in base32. */
export function newTotpSecret(): Secret {
  return new Secret(new OtpSecret({ size: SECRET_BYTES }).base32);
}

/**
 * The step of the code, or undefined where it is none of this secret's now; compares in constant time.
 * @param now milliseconds since the epoch
 */
export function stepOfCode(secret: Secret, code: string, now: number): number | undefined {
  const totp = new TOTP({ ...PARAMETERS, secret: OtpSecret.fromBase32(secret.reveal().replace(/=+$/, '')) });
  const delta = totp.validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? undefined : totp.counter({ timestamp: now }) + delta;
}

/** What an authenticator app reads from a QR code (Key URI format). */
export function totpUri(secret: Secret, label: string): Secret {
  const otpSecret = OtpSecret.fromBase32(secret.reveal());
  return new Secret(
    new TOTP({ ...PARAMETERS, issuer: 'Sinch Provisioning BFF', label, secret: otpSecret }).toString(),
  );
}
