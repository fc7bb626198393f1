/** Rate limit of the token endpoint (docs/upstream.md section 3.3): burst size, and requests per second. */
const capacity = 30;
const refillPerSecond = 10;

export class TokenBucket {
  #level = capacity;
  #filledAt: number;

  constructor(private readonly now: () => number) {
    this.#filledAt = now();
  }

  /** @returns whether one more request is within the limit */
  take(): boolean {
    const at = this.now();
    const refill = (Math.max(0, at - this.#filledAt) / 1000) * refillPerSecond;
    this.#level = Math.min(capacity, this.#level + refill);
    this.#filledAt = at;
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }
}
