import { Type } from 'class-transformer';
import {
  IS_LENGTH,
  IsArray,
  IsObject,
  IsString,
  Matches,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { codePoints } from './code-points.js';

/** May be absent, but not null: neither the upstream's schemas nor ours have null in input. */
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

/** A text that goes into records and onto terminals: without control characters. */
export const PlainText =
  (longest: number, shortest = 1): PropertyDecorator =>
  (target, key) => {
    IsString()(target, key);
    Length(shortest, longest)(target, key);
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must not contain control characters' })(target, key);
  };

/** A member that is an object of a class. */
export const Nested =
  (entry: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsObject()(target, key);
    ValidateNested()(target, key);
    Type(entry)(target, key);
  };

/** A member that is a list of objects of a class. */
export const ListOf =
  (entry: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsArray()(target, key);
    ValidateNested({ each: true })(target, key);
    Type(entry)(target, key);
  };
