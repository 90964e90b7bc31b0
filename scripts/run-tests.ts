/**
 * Runs test files, each in a process of its own, and exits with 1 when a test fails:
 * `node scripts/run-tests.ts --at-once N --failures FILE PATTERN...`. FILE gets the failures in short.
 *
 * `node --test` always takes files in the order of their names: a long one that begins last leaves the other
 * processors idle.
 */
import { createWriteStream, globSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";
import failuresReporter from "./failures-reporter.ts";
import { longestFirst } from "./longest-tests.ts";

const ROOT = join(import.meta.dirname, "..");

/** A test that hangs fails alone, with its name, long before the whole run would be cut off. */
const TIMEOUT_MS = 180_000;

const { values, positionals } = parseArgs({
  options: { "at-once": { type: "string", default: "1" }, failures: { type: "string" } },
  allowPositionals: true,
});

const found = globSync(positionals, { cwd: ROOT });
if (found.length === 0) throw new Error(`no test file matches ${positionals.join(" ")}`);

const events = run({
  files: longestFirst(found).map((file) => join(ROOT, file)),
  concurrency: Number(values["at-once"]),
  // As an option of `run`, it would bound a whole file.
  execArgv: [`--test-timeout=${TIMEOUT_MS}`],
});
events.on("test:fail", ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1;
});
events.pipe(new spec()).pipe(process.stdout);
if (values.failures !== undefined) {
  const copy = events.pipe(new PassThrough({ objectMode: true }));
  Readable.from(failuresReporter(copy)).pipe(createWriteStream(values.failures));
}
