import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * A value that cannot be printed by accident: Node, JSON, templates and loggers convert it to `[redacted]`.
 * Only {@link Secret.reveal} returns it, which is easy to find in a review.
 */
export class Secret<Value = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
