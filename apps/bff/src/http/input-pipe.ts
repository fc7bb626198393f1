import { InvalidInputProblem, MAX_SENTENCES, validationSentences } from '@bff/problems';
import { type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { type InputClass, unknownMembers } from './unknown-members.js';

interface InputOptions {
  /** There may be no body at all. */
  readonly optional?: true;
}

type Plain = Readonly<Record<string, unknown>>;

/**
 * Turns a body into a validated instance of its class, unknown members refused; nothing but that instance is used
 * afterwards.
 */
export class InputPipe implements PipeTransform<unknown, object | undefined> {
  constructor(private readonly options: InputOptions = {}) {}

  /** @throws InvalidInputProblem with a sentence for every broken rule */
  transform(value: unknown, { metatype }: ArgumentMetadata): object | undefined {
    if (value === undefined && this.options.optional === true) return undefined;
    return bodyInput(value, () => metatype as InputClass);
  }
}

/**
 * The same for handlers without pipes.
 * @param choose the class; where one body has several shapes, by its value
 * @throws InvalidInputProblem with a sentence for every broken rule
 */
export function bodyInput<Input extends object>(
  value: unknown,
  choose: (plain: Plain) => new () => Input,
): Input {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInputProblem(['body must be an object']);
  }
  const plain = value as Plain;
  return validInput(choose(plain), plain);
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
