import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FlotillaError } from "./error.ts";
import { silentLogger } from "./logger.ts";
import { ManualClock } from "./manual-clock.ts";
import { describeError, isProgrammingError } from "./programming-error.ts";
import { RecoveryLimit } from "./recovery-limit.ts";

class AwayError extends FlotillaError {
  readonly code = "store-unavailable";
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

const cases: readonly [what: string, thrown: unknown, isProgrammingError: boolean][] = [
  ["an error of Flotilla's own", new AwayError("The store is away."), false],
  [
    "an error of a package that imports nothing, with an id",
    Object.assign(new Error("x"), { code: "bad-unit-file" }),
    false,
  ],
  ["a system call's error", thrownBy(() => readFileSync("/nonexistent/x")), false],
  ["an abort", thrownBy(() => AbortSignal.abort().throwIfAborted()), false],
  ["a time limit", new DOMException("late", "TimeoutError"), false],
  ["a property of undefined", thrownBy(() => (undefined as unknown as { x: string }).x), true],
  ["a plain error", new Error("x"), true],
  ["an argument that Node refuses", thrownBy(() => readFileSync(5.5)), true],
  ["text", "x", true],
];

for (const [what, thrown, expected] of cases)
  test(`${what} is ${expected ? "a" : "no"} programming error`, () => {
    assert.equal(isProgrammingError(thrown), expected);
  });

test("only a programming error is logged with its stack and the stack of its cause", () => {
  assert.deepEqual(describeError(new AwayError("The store is away.")), { error: "The store is away." });
  const { error, stack } = describeError(new TypeError("outer", { cause: new RangeError("inner") }));
  assert.equal(error, "outer");
  assert.match(String(stack), /TypeError: outer\n {4}at [^]*caused by: RangeError: inner\n {4}at /);
});

test("a part can start over three times in ten minutes; the fourth error is thrown", async () => {
  const clock = new ManualClock();
  const limit = new RecoveryLimit({ clock, log: silentLogger });
  const error = new TypeError("x");
  for (let time = 0; time < 3; time += 1) limit.note("it failed", error);
  assert.throws(() => limit.note("it failed", error), error);
  await clock.advance(600_000);
  assert.doesNotThrow(() => limit.note("it failed", error));
});
