import { InvalidInputProblem, MAX_SENTENCES, validationSentences } from '@bff/problems';
import { type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { type InputClass, unknownMembers } from './unknown-members.js';

interface InputOptions {
  /** Where one body has several shapes: picks the class by the value. */
  readonly choose?: (value: Readonly<Record<string, unknown>>) => InputClass;
  /** There may be no body at all. */
  readonly optional?: true;
}

/**
 * Turns a body or a query into a validated instance of its class, unknown members refused; nothing but that instance
 * is used afterwards.
 */
export class InputPipe implements PipeTransform<unknown, object | undefined> {
  constructor(private readonly options: InputOptions = {}) {}

  /** @throws InvalidInputProblem with a sentence for every broken rule */
  transform(value: unknown, { type, metatype }: ArgumentMetadata): object | undefined {
    if (value === undefined && this.options.optional === true) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InvalidInputProblem([`${type} must be an object`]);
    }
    const plain = value as Readonly<Record<string, unknown>>;
    return validInput(this.options.choose?.(plain) ?? (metatype as InputClass), plain);
  }
}

/** @throws InvalidInputProblem with a sentence for every broken rule */
export function validInput<Input extends object>(inputClass: new () => Input, plain: object): Input {
  const unknown = [...unknownMembers(inputClass, plain)];
  if (unknown.length > MAX_SENTENCES)
    throw new InvalidInputProblem(unknown.map((name) => `${name} should not exist`));
  const instance = plainToInstance(inputClass, plain, { exposeUnsetFields: false });
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
  });
  if (errors.length > 0) throw new InvalidInputProblem(validationSentences(errors));
  return instance;
}
