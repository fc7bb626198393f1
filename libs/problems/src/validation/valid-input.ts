import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { InvalidInputProblem, MAX_SENTENCES } from '../problem.js';
import { validationSentences } from './sentences.js';
import { unknownMembers } from './unknown-members.js';

/**
 * Returns a validated instance of a class with rules of class-validator; unknown members are rejected.
 * @throws InvalidInputProblem with one sentence per violated rule
 */
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
