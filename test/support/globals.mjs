/** What a test file imports as `@jest/globals`: the runner's, with the time limit that the runner does not keep. */

const LIMIT_MS = 60_000;
const { describe, expect } = globalThis;

/** Fails when the work is not done after so many milliseconds. */
function limited(work, ms = LIMIT_MS) {
  return async (...values) => {
    const { promise: tooLong, reject } = Promise.withResolvers();
    const error = new Error(`It took longer than ${ms} ms.`);
    const timer = setTimeout(() => reject(error), ms);
    try {
      return await Promise.race([work(...values), tooLong]);
    } finally {
      clearTimeout(timer);
    }
  };
}

const timed = (register) => (name, work, ms) => register(name, limited(work, ms));

const test = timed(globalThis.test);
test.skip = globalThis.test.skip;
test.only = timed(globalThis.test.only);
test.each = (...table) => timed(globalThis.test.each(...table));

const hook = (register) => (work, ms) => register(limited(work, ms));
const beforeAll = hook(globalThis.beforeAll);
const beforeEach = hook(globalThis.beforeEach);
const afterAll = hook(globalThis.afterAll);
const afterEach = hook(globalThis.afterEach);

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test };
