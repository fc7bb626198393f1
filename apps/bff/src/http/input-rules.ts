import { MAX_PASSWORD_LENGTH, maxTypedLength, MIN_PASSWORD_LENGTH, normalisedPassword } from '@bff/identity';
import {
  IS_LENGTH,
  IsString,
  Matches,
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';

/** May be absent, but not null: the upstream's schemas know no null, and ours neither. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);

/**
 * The library's rule, counting code points as the upstream does. The library's own lists all surrogate pairs first, half a
 * second for 1 MiB of them, and does not count variation selectors at all.
 */
export const Length = (shortest: number, longest: number): PropertyDecorator =>
  ValidateBy({
    name: IS_LENGTH,
    constraints: [shortest, longest],
    validator: {
      validate: (value: unknown): boolean => {
        if (typeof value !== 'string') return false;
        const length = codePoints(value, longest);
        return length >= shortest && length <= longest;
      },
      defaultMessage: lengthMessage,
    },
  });

/** Counts no further than one past the limit. */
function codePoints(text: string, limit: number): number {
  let count = 0;
  for (let at = 0; at < text.length && count <= limit; at += 1) {
    if ((text.codePointAt(at) ?? 0) > 0xffff) at += 1;
    count += 1;
  }
  return count;
}

function lengthMessage(rule?: ValidationArguments): string {
  const [shortest = 0, longest = 0] = (rule?.constraints ?? []) as number[];
  const value: unknown = rule?.value;
  const name = '$property must be';
  if (!value || (typeof value === 'string' && value.length < shortest))
    return `${name} longer than or equal to ${shortest} characters`;
  if (typeof value === 'string') return `${name} shorter than or equal to ${longest} characters`;
  return `${name} longer than or equal to ${shortest} and shorter than or equal to ${longest} characters`;
}

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
