import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { ManualClock, systemClock } from "@flotilla/runtime";
import { changeContexts, contextsPath, readContexts } from "./contexts-file.ts";
import type { Contexts } from "./saved-context.ts";

const how = { clock: systemClock, signal: new AbortController().signal };

function home(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "contexts-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function adding(name: string): (saved: Contexts) => Contexts {
  return ({ current, contexts }) => ({
    current,
    contexts: new Map([...contexts, [name, { endpoints: ["http://a:1"] }]]),
  });
}

test("the path follows the XDG Base Directory Specification", () => {
  const path = (variables: Record<string, string>): string => contextsPath({ HOME: "/home/me", ...variables });
  assert.equal(path({}), "/home/me/.config/flotilla/contexts.json");
  assert.equal(path({ XDG_CONFIG_HOME: "/etc/me" }), "/etc/me/flotilla/contexts.json");
  for (const invalid of ["", "relative"]) assert.equal(path({ XDG_CONFIG_HOME: invalid }), path({}));
});

test("a new file is its owner's alone, and a missing one is no error", async (t) => {
  const path = contextsPath({ XDG_CONFIG_HOME: home(t) });
  assert.equal(readContexts(path), undefined);
  await changeContexts(path, adding("a"), how);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  assert.deepEqual([...(readContexts(path)?.contexts.keys() ?? [])], ["a"]);
  assert.deepEqual(readdirSync(dirname(path)), ["contexts.json"]);
});

test("a change that throws changes nothing and leaves no lock", async (t) => {
  const path = contextsPath({ XDG_CONFIG_HOME: home(t) });
  await changeContexts(path, adding("a"), how);
  const fails = (): never => {
    throw new Error("no");
  };
  await assert.rejects(changeContexts(path, fails, how), /no/);
  assert.deepEqual(readdirSync(dirname(path)), ["contexts.json"]);
  await changeContexts(path, adding("b"), how);
  assert.equal(readContexts(path)?.contexts.size, 2);
});

test("a file that others may write is refused, with the fix", async (t) => {
  const path = contextsPath({ XDG_CONFIG_HOME: home(t) });
  await changeContexts(path, adding("a"), how);
  chmodSync(path, 0o644);
  assert.equal(readContexts(path)?.contexts.size, 1);
  for (const mode of [0o660, 0o602]) {
    chmodSync(path, mode);
    assert.throws(() => readContexts(path), /other users may write the file; run chmod 600 \//);
  }
});

test("an unreadable file is an error with the system's reason", (t) => {
  const path = contextsPath({ XDG_CONFIG_HOME: home(t) });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  assert.throws(() => readContexts(path), /cannot read contexts from .*: illegal operation on a directory/);
});

test("a link to the file stays a link", async (t) => {
  const directory = home(t);
  const real = join(directory, "dotfiles.json");
  writeFileSync(real, '{"version":1}', { mode: 0o600 });
  mkdirSync(join(directory, "flotilla"));
  const path = contextsPath({ XDG_CONFIG_HOME: directory });
  symlinkSync(real, path);
  await changeContexts(path, adding("a"), how);
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.equal(readContexts(real)?.contexts.size, 1);
});

test("a lock that stays ends the wait with the way out", async (t) => {
  const path = contextsPath({ XDG_CONFIG_HOME: home(t) });
  await changeContexts(path, adding("a"), how);
  writeFileSync(`${path}.lock`, "");
  const clock = new ManualClock();
  const changed = changeContexts(path, adding("b"), { ...how, clock });
  const refused = assert.rejects(changed, /another fleetctl is changing them; if none is, remove this file$/);
  await clock.advance(3_000);
  await refused;
  assert.equal(readContexts(path)?.contexts.size, 1);
});

test("processes that change the file at once lose nothing", async (t) => {
  const directory = home(t);
  const main = join(import.meta.dirname, "../main.ts");
  const names = Array.from({ length: 6 }, (_, at) => `c${at}`);
  const env = { ...process.env, XDG_CONFIG_HOME: directory };
  await Promise.all(
    names.map((name) =>
      promisify(execFile)(process.execPath, [main, "context", "add", name, "--endpoint", "http://a:1"], { env }),
    ),
  );
  const saved = readContexts(contextsPath({ XDG_CONFIG_HOME: directory }));
  assert.deepEqual([...(saved?.contexts.keys() ?? [])].toSorted(), names);
});
