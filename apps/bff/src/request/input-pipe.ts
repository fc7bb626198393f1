import { InvalidInputProblem, validationSentences } from '@bff/problems';
import { type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

type InputClass = new () => object;

/**
 * Turns a body or a query into a validated instance of its class, unknown members refused; nothing but that instance
 * is used afterwards. Where one body has several shapes, `choose` picks the class by the value.
 */
export class InputPipe implements PipeTransform<unknown, object> {
  constructor(private readonly choose?: (value: Readonly<Record<string, unknown>>) => InputClass) {}

  /** @throws InvalidInputProblem with a sentence for every broken rule */
  transform(value: unknown, { type, metatype }: ArgumentMetadata): object {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InvalidInputProblem([`${type} must be an object`]);
    }
    const plain = value as Readonly<Record<string, unknown>>;
    const inputClass = this.choose?.(plain) ?? (metatype as InputClass);
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
}
