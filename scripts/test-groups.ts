import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { LONGEST } from "./longest-tests.ts";

/**
 * Packages whose tests start no process and open no port. Loading the package takes most of the time of such a test
 * file, so the files of a package share one process.
 */
const SHARED = ["access", "agent", "api", "engine", "fleetctl", "registry", "runtime", "schedule", "systemd", "unit"];

/** Hooks outside a suite would apply to the tests of all files of the process. */
const HOOK = /^(before|after|beforeEach|afterEach)\(/m;

/**
 * Replaces test files that share a process by one file for each package, which imports them.
 * @param files the paths of test files, relative to `root`.
 * @param directory for the new files.
 * @returns absolute paths.
 */
export function grouped(files: readonly string[], root: string, directory: string): string[] {
  const groups = Map.groupBy(files, (file) => packageOf(file, root));
  return [...groups].flatMap(([name, members]) => {
    const paths = members.map((file) => join(root, file));
    return name === undefined || paths.length === 1 ? paths : [groupFile(join(directory, `${name}.test.mjs`), paths)];
  });
}

/** Returns the package in whose process a file's tests run, or undefined for a process of its own. */
function packageOf(file: string, root: string): string | undefined {
  const [, name = ""] = /^packages\/(\w+)\/src\//.exec(file) ?? [];
  if (!SHARED.includes(name) || LONGEST.includes(file)) return undefined;
  return HOOK.test(readFileSync(join(root, file), "utf8")) ? undefined : name;
}

function groupFile(path: string, members: readonly string[]): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, members.map((member) => `import ${JSON.stringify(pathToFileURL(member).href)};\n`).join(""));
  return path;
}
