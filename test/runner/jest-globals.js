/** What `@jest/globals` exports, taken from the globals of the runner: the package itself works in Jest's own runner alone. */
export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globalThis;
