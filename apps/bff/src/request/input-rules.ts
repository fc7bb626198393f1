import { IsString, Length, Matches, ValidateIf } from 'class-validator';

/** May be absent, but not null: the upstream's schemas know no null, and ours neither. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value: unknown) => value !== undefined);

/** A text of 1 to so many characters. */
export const Text =
  (longest: number): PropertyDecorator =>
  (target, key) => {
    IsString()(target, key);
    Length(1, longest)(target, key);
  };

/** A text that goes into records and onto terminals: without control characters. */
export const PlainText =
  (longest: number, shortest = 1): PropertyDecorator =>
  (target, key) => {
    IsString()(target, key);
    Length(shortest, longest)(target, key);
    Matches(/^[^\p{Cc}]*$/u, { message: '$property must not contain control characters' })(target, key);
  };
