import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const MODULE = join(import.meta.dirname, "compiled-code.ts");

/** V8's `OptimizationStatus` has this bit when TurboFan has compiled the function. */
const TURBOFAN = 64;

/**
 * Runs a function often as each of these roles in turn, and prints whether TurboFan has compiled it by then. TurboFan
 * works beside the program, so a server waits for it.
 */
function program(roles: readonly string[]): string {
  return `
    const { keepCompiledCode } = await import(${JSON.stringify(MODULE)});
    for (const role of ${JSON.stringify(roles)}) {
      keepCompiledCode(role);
      const hot = new Function("a", "b", "return a * b + a");
      const status = new Function("f", "return %GetOptimizationStatus(f)");
      const isCompiled = () => (status(hot) & ${TURBOFAN}) !== 0;
      const until = performance.now() + (role === "server" ? 60_000 : 0);
      for (let round = 0; !isCompiled() && (round < 100 || performance.now() < until); round++) {
        for (let call = 0; call < 100_000; call++) hot(call, round);
        await new Promise((resolve) => setImmediate(resolve));
      }
      console.log(role, isCompiled());
    }`;
}

test("a server's V8 uses TurboFan, an agent's does not, also after a change of the role", () => {
  const roles = ["agent", "server", "agent"];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--allow-natives-syntax", "--input-type=module", "--eval", program(roles)],
    { encoding: "utf8" },
  );
  // V8 names an unknown flag there.
  assert.equal(stderr, "");
  assert.deepEqual(stdout.trim().split("\n"), ["agent false", "server true", "agent false"]);
});
