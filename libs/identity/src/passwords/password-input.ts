import { codePoints } from '@bff/problems';
import { IS_LENGTH, IsString, Matches, ValidateBy } from 'class-validator';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './password-rules.js';
import { maxTypedLength, normalisedPassword } from './password-spellings.js';

/** An existing password; its length is that of its normalised form, in code points. */
export const Password = (shortest = 1): PropertyDecorator => {
  const defaultMessage = (): string => `$property must have ${shortest} to ${MAX_PASSWORD_LENGTH} characters`;
  const validate = (value: unknown): boolean => {
    if (typeof value !== 'string' || value.length > maxTypedLength(MAX_PASSWORD_LENGTH)) return false;
    const length = codePoints(normalisedPassword(value), MAX_PASSWORD_LENGTH);
    return length >= shortest && length <= MAX_PASSWORD_LENGTH;
  };
  // Under the name of the plain rule, by which the OpenAPI document finds the bounds.
  const constraints = [shortest, MAX_PASSWORD_LENGTH];
  return (target, key) => {
    IsString()(target, key);
    ValidateBy({ name: IS_LENGTH, constraints, validator: { validate, defaultMessage } })(target, key);
  };
};

/** A password to be set. Common passwords are rejected separately, by {@link assertNotCommon}. */
export const NewPassword = (): PropertyDecorator => (target, key) => {
  Password(MIN_PASSWORD_LENGTH)(target, key);
  // Every one of them would be hashed as the same replacement character.
  Matches(/^\P{Cs}*$/u, { message: '$property must not hold half of a surrogate pair' })(target, key);
};
