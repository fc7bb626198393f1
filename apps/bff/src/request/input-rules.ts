import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '@bff/identity';
import { IsString, Length, Matches, ValidateIf } from 'class-validator';

/** May be absent, but not null: the upstream's schemas know no null, and ours neither. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);

/** A text of at most so many characters, and at least one. */
export const Text =
  (longest: number, shortest = 1): PropertyDecorator =>
  (target, key) => {
    IsString()(target, key);
    Length(shortest, longest)(target, key);
  };

/** A password that a person is to sign in with from now on; whether it is a common one is judged besides. */
export const NewPassword = (): PropertyDecorator => (target, key) => {
  Text(MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH)(target, key);
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
