import { MAX_PASSWORD_LENGTH, maxTypedLength, MIN_PASSWORD_LENGTH, normalisedPassword } from '@bff/identity';
import { IS_LENGTH, IsString, Length, length, Matches, ValidateBy, ValidateIf } from 'class-validator';

/** May be absent, but not null: the upstream's schemas know no null, and ours neither. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);

/** A text of at most so many characters, and at least one. */
export const Text =
  (longest: number, shortest = 1): PropertyDecorator =>
  (target, key) => {
    IsString()(target, key);
    Length(shortest, longest)(target, key);
  };

/** A password that somebody types, or has typed before; its characters are those of its normalised form. */
export const Password = (shortest = 1): PropertyDecorator => {
  const defaultMessage = (): string => `$property must have ${shortest} to ${MAX_PASSWORD_LENGTH} characters`;
  const validate = (value: unknown): boolean => {
    if (typeof value !== 'string' || value.length > maxTypedLength(MAX_PASSWORD_LENGTH)) return false;
    return length(normalisedPassword(value), shortest, MAX_PASSWORD_LENGTH);
  };
  // Under the name of the plain rule, by which the OpenAPI document finds the bounds.
  const constraints = [shortest, MAX_PASSWORD_LENGTH];
  return (target, key) => {
    IsString()(target, key);
    ValidateBy({ name: IS_LENGTH, constraints, validator: { validate, defaultMessage } })(target, key);
  };
};

/** A password that a person is to sign in with from now on; whether it is a common one is judged besides. */
export const NewPassword = (): PropertyDecorator => (target, key) => {
  Password(MIN_PASSWORD_LENGTH)(target, key);
  // Every one of them would be hashed as the same replacement character.
  Matches(/^\P{Cs}*$/u, { message: '$property must not hold half of a surrogate pair' })(target, key);
};

/** A text that goes into records and onto terminals: without control characters. */
export const PlainText =
  (longest: number, shortest = 1): PropertyDecorator =>
  (target, key) => {
    IsString()(target, key);
    Length(shortest, longest)(target, key);
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must not contain control characters' })(target, key);
  };
