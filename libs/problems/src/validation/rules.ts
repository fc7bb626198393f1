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

/**
 * The member may be absent, but not null; neither the schemas of the upstream nor ours permit null in input.
 */
export const Optional = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);

/**
 * The `Length` rule of class-validator, with code points as the upstream counts them. The rule of the library
 * matches all surrogate pairs first, which takes half a second for 1 MiB, and does not count variation
 * selectors.
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

/** A text with `shortest` to `longest` code points. */
export const Text =
  (longest: number, shortest = 1): PropertyDecorator =>
  (target, key) => {
    IsString()(target, key);
    Length(shortest, longest)(target, key);
  };

/** A {@link Text} without control characters, because it is written to logs and terminals. */
export const PlainText =
  (longest: number, shortest = 1): PropertyDecorator =>
  (target, key) => {
    IsString()(target, key);
    Length(shortest, longest)(target, key);
    Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: '$property must not contain control characters' })(target, key);
  };

/** An object that is validated as the class. */
export const Nested =
  (entry: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsObject()(target, key);
    ValidateNested()(target, key);
    Type(entry)(target, key);
  };

/** A list of objects that are validated as the class. */
export const ListOf =
  (entry: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsArray()(target, key);
    ValidateNested({ each: true })(target, key);
    Type(entry)(target, key);
  };
