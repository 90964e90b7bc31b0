import assert from "node:assert/strict";
import { it } from "node:test";
import { failureMessage } from "./failure-message.ts";

const variant = (value: unknown): { readonly value: unknown } => ({ value });
const main = (result: string, code: number, status: number): Record<string, unknown> => ({
  Result: variant(result),
  ExecMainCode: variant(code),
  ExecMainStatus: variant(status),
});
const command = (path: string, ignored: boolean, code: number, status: number): readonly unknown[] => [
  [path, [path], ignored, 0n, 0n, 0n, 0n, 7, code, status],
];

const cases = [
  ["failed", main("exit-code", 1, 203), "exit-code: the main process exited with status 203/EXEC"],
  ["failed", main("exit-code", 1, 42), "exit-code: the main process exited with status 42"],
  ["failed", main("signal", 2, 15), "signal: the main process was killed by signal 15/TERM"],
  ["failed", main("core-dump", 3, 11), "core-dump: the main process dumped core on signal 11/SEGV"],
  ["failed", main("timeout", 0, 0), "timeout: it took longer than its time limit (TimeoutStartSec=, TimeoutStopSec=)"],
  [
    "failed",
    { ...main("exit-code", 0, 0), ExecStartPre: variant(command("/bin/pre", false, 1, 1)) },
    "exit-code: ExecStartPre=/bin/pre exited with status 1/FAILURE",
  ],
  [
    "failed",
    { ...main("exit-code", 1, 2), ExecStartPre: variant(command("/bin/pre", true, 1, 1)) },
    "exit-code: the main process exited with status 2/INVALIDARGUMENT",
  ],
  ["failed", main("something-new", 0, 0), "something-new"],
  ["failed", {}, "failed"],
  ["canceled", {}, "canceled: another job took its place"],
  ["dependency", {}, "dependency: a unit that it requires could not be started"],
  ["something-new", {}, "something-new"],
] as const;

for (const [result, properties, expected] of cases) {
  it(`says "${expected}"`, () => {
    assert.equal(
      failureMessage({ type: "start", unit: "x.service", result, properties }),
      `start of x.service: ${expected}`,
    );
  });
}
