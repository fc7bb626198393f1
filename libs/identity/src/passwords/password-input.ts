import { codePoints } from '@bff/problems';
import { IS_LENGTH, IsString, Matches, ValidateBy } from 'class-validator';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './password-rules.js';
import { maxTypedLength, normalisedPassword } from './password-spellings.js';

/** Validates an existing password; its length is counted in code points of the normalised form. */
export const Password = (shortest = 1): PropertyDecorator => {
  const defaultMessage = (): string => `$property must have ${shortest} to ${MAX_PASSWORD_LENGTH} characters`;
  const validate = (value: unknown): boolean => {
    if (typeof value !== 'string' || value.length > maxTypedLength(MAX_PASSWORD_LENGTH)) return false;
    const length = codePoints(normalisedPassword(value), MAX_PASSWORD_LENGTH);
    return length >= shortest && length <= MAX_PASSWORD_LENGTH;
  };
  // The OpenAPI document finds the bounds by the name of class-validator's rule.
  const constraints = [shortest, MAX_PASSWORD_LENGTH];
  return (target, key) => {
    IsString()(target, key);
    ValidateBy({ name: IS_LENGTH, constraints, validator: { validate, defaultMessage } })(target, key);
  };
};

/** Validates a new password. Common passwords are rejected separately, by {@link assertNotCommon}. */
export const NewPassword = (): PropertyDecorator => (target, key) => {
  Password(MIN_PASSWORD_LENGTH)(target, key);
  // UTF-8 encodes each of them as the same replacement character.
  Matches(/^\P{Cs}*$/u, { message: '$property must not contain a lone surrogate' })(target, key);
};
