import { IS_EMAIL, isEmail, IsUrl, Matches, ValidateBy } from 'class-validator';
import { VISIBLE_TEXT } from '@bff/identity';
import { Length, PlainText } from '@bff/problems';
import { TENANT_ID } from '@bff/tenancy';

/**
 * The formats of the directory's members (docs/contract.md section 7), for the directory file and the
 * administration API.
 */
const rule = (pattern: RegExp, sentence: string) => (): PropertyDecorator =>
  Matches(pattern, { message: `$property must be ${sentence}` });

export const TenantId = rule(TENANT_ID, '1 to 63 of a-z, 0-9 and -');
export const ProjectId = rule(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, _ or -');
export const UserId = rule(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the id of a user');

/** No colon, which the user-id of Basic credentials cannot contain (RFC 7617 section 2). */
export const KeyId = rule(/^[\x21-\x39\x3b-\x7e]{1,255}$/, '1 to 255 visible characters without a colon');
export const KeySecret = rule(
  /^[^\p{Cc}\p{Cs}]{1,1024}$/u,
  '1 to 1024 characters without control characters',
);
export const TotpSecret = rule(/^[A-Z2-7]{16,128}={0,6}$/, 'base32 of at least 80 bits');

export const Name = (): PropertyDecorator => PlainText(255);

const isAddress = (value: unknown): boolean =>
  typeof value === 'string' && VISIBLE_TEXT.test(value) && isEmail(value, { require_tld: false });

/** The library's rule alone accepts quoted control characters and throws for a lone surrogate. */
export const EmailAddress = (): PropertyDecorator => (target, key) => {
  const message = '$property must be an email without spaces and control characters';
  ValidateBy({ name: IS_EMAIL, validator: { validate: isAddress } }, { message })(target, key);
  Length(3, 254)(target, key);
};

/** Limited so that issuer and subject together fit in an index of the database. */
export const Issuer = (): PropertyDecorator => (target, key) => {
  IsUrl({ require_tld: false, require_protocol: true, protocols: ['https', 'http'] })(target, key);
  Length(1, 512)(target, key);
};
