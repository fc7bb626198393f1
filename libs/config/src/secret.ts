import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * A value that cannot be printed: every way in which Node, JSON, a template or a logger turns a value into text
 * gives `[redacted]`. {@link Secret.reveal} is the one way to it, easy to find in a review.
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
