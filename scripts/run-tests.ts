/**
 * Runs test files, N processes at a time, and exits with 1 if a test fails: `node scripts/run-tests.ts --at-once N
 * --failures FILE PATTERN...`. Writes a short report of the failures to FILE. Each file has a process of its own, except
 * the files of some packages (test-groups.ts). Prints the slowest processes at the end.
 *
 * `node --test` always starts files in the order of their names. If a slow file is the last one, the other processors
 * are idle while it runs.
 */
import { createWriteStream, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";
import failuresReporter from "./failures-reporter.ts";
import { longestFirst } from "./longest-tests.ts";
import { grouped } from "./test-groups.ts";

const ROOT = join(import.meta.dirname, "..");

/** Makes a test that hangs fail by itself, with its name, before the limit of the whole run. */
const TIMEOUT_MS = 180_000;

/**
 * How long the run may go on without the end of a test. After this time the run is aborted, and a file that still runs
 * counts as failed. Such a file's tests may all have ended, because something that a failed test left open keeps its
 * process alive.
 */
const IDLE_MS = 300_000;

/** How many of the slowest processes are printed. */
const SHOWN = 40;

const { values, positionals } = parseArgs({
  options: { "at-once": { type: "string", default: "1" }, failures: { type: "string" } },
  allowPositionals: true,
});

const found = globSync(positionals, { cwd: ROOT });
if (found.length === 0) throw new Error(`no test file matches ${positionals.join(" ")}`);

/** For the files that import the tests of a package. */
const directory = mkdtempSync(join(tmpdir(), "flotilla-tests-"));
process.once("exit", () => rmSync(directory, { recursive: true }));

const idle = new AbortController();
const timer = setTimeout(() => {
  idle.abort(new Error(`no test has ended for ${IDLE_MS / 1_000} s: a test has left something open, or hangs`));
}, IDLE_MS);

const events = run({
  files: grouped(longestFirst(found), ROOT, directory),
  concurrency: Number(values["at-once"]),
  signal: idle.signal,
  execArgv: [`--test-timeout=${TIMEOUT_MS}`],
});
events.on("test:fail", ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1;
});
const durations: { readonly name: string; readonly ms: number }[] = [];
events.on("test:summary", ({ file, duration_ms: ms }) => {
  if (file === undefined) return;
  durations.push({ name: file.startsWith(directory) ? basename(file) : relative(ROOT, file), ms });
});
events.on("data", () => timer.refresh());
events.on("end", () => {
  clearTimeout(timer);
  process.once("exit", () => process.stdout.write(slowest()));
});
events.pipe(new spec()).pipe(process.stdout);
if (values.failures !== undefined) {
  const copy = events.pipe(new PassThrough({ objectMode: true }));
  Readable.from(failuresReporter(copy)).pipe(createWriteStream(values.failures));
}

/** The slowest processes, for longest-tests.ts. */
function slowest(): string {
  const shown = durations.toSorted((a, b) => b.ms - a.ms).slice(0, SHOWN);
  return shown.map(({ name, ms }) => `${(ms / 1_000).toFixed(1).padStart(7)} s  ${name}\n`).join("");
}
