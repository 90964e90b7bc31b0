/**
 * Runs each test file in its own process, and exits with 1 if a test fails: `node scripts/run-tests.ts --at-once N
 * --failures FILE PATTERN...`. Writes a short report of the failures to FILE.
 *
 * `node --test` always starts files in the order of their names. If a slow file is the last one, the other processors
 * are idle while it runs.
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

/** Makes a test that hangs fail by itself, with its name, before the limit of the whole run. */
const TIMEOUT_MS = 180_000;

/**
 * How long the run may go on without the end of a test. After this time the run is aborted, and a file that still runs
 * counts as failed. Such a file's tests may all have ended, because something that a failed test left open keeps its
 * process alive.
 */
const IDLE_MS = 300_000;

const { values, positionals } = parseArgs({
  options: { "at-once": { type: "string", default: "1" }, failures: { type: "string" } },
  allowPositionals: true,
});

const found = globSync(positionals, { cwd: ROOT });
if (found.length === 0) throw new Error(`no test file matches ${positionals.join(" ")}`);

const idle = new AbortController();
const timer = setTimeout(() => {
  idle.abort(new Error(`no test has ended for ${IDLE_MS / 1_000} s: a test has left something open, or hangs`));
}, IDLE_MS);

const events = run({
  files: longestFirst(found).map((file) => join(ROOT, file)),
  concurrency: Number(values["at-once"]),
  signal: idle.signal,
  execArgv: [`--test-timeout=${TIMEOUT_MS}`],
});
events.on("test:fail", ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1;
});
events.on("data", () => timer.refresh());
events.on("end", () => clearTimeout(timer));
events.pipe(new spec()).pipe(process.stdout);
if (values.failures !== undefined) {
  const copy = events.pipe(new PassThrough({ objectMode: true }));
  Readable.from(failuresReporter(copy)).pipe(createWriteStream(values.failures));
}
