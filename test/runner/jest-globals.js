/**
 * The exports of `@jest/globals` from the globals of the runner, because the package works only in Jest's own
 * runner.
 */
export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globalThis;
