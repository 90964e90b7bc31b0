import assert from "node:assert/strict";
import { test } from "node:test";
import { FILE, MACHINE, testCluster } from "../cluster.fixture.ts";

/** Sets the title, the clipboard and the colour, and begins another sequence. */
const EVIL = "\u001b]0;owned\u0007\u001b]52;c;cm0=\u0007\u001b[41mred\u009b\u001b\rover";

test("text of units, machines and daemons is cleaned for a terminal, and unchanged for a pipe", async (t) => {
  const cluster = await testCluster(t);
  await cluster.file("fails.service", `[Unit]\nDescription=${EVIL.replace("\r", "")}\n${FILE}`);
  await cluster.fleetctl("start", "--no-block", "fails.service");
  cluster.log("fails.service", EVIL);
  await cluster.put(`machine/${MACHINE}`, { id: MACHINE, primaryIP: `1${EVIL}`, metadata: { k: EVIL }, version: "1" });
  const [unit] = (await cluster.store.range({ prefix: "unit/fails.service" })).entries;
  const { hash } = JSON.parse(unit?.value ?? "{}") as { hash: string };
  const failed = { hash, load: "loaded", active: "failed", sub: EVIL, launched: true, problem: EVIL };
  await cluster.put(`state/${MACHINE}/fails.service`, failed);
  for (const [args, isRawInPipe] of [
    [["cat", "fails"], true],
    [["status", "fails"], true],
    [["journal", "fails"], false],
    [["journal", "--output=cat", "fails"], true],
    [["journal", "--output=verbose", "fails"], false],
    [["list-units"], true],
    [["list-unit-files", "--fields=unit,desc"], true],
    [["list-machines"], true],
    [["start", "fails"], true],
    [["list-units", "--output=json"], false],
    [["cat", EVIL], false],
  ] as const) {
    const shown = await cluster.fleetctlWith({ isTerminal: true }, ...args);
    const text = shown.stdout + shown.stderr;
    assert.notEqual(text, "");
    assert.doesNotMatch(text, /[^\P{Cc}\n\t]/u, args.join(" "));
    const piped = await cluster.fleetctl(...args);
    if (isRawInPipe) assert.ok((piped.stdout + piped.stderr).includes("\u001b"), args.join(" "));
  }
  // A shell prints the bytes that it reads from the pipe.
  const completed = await cluster.fleetctl("__complete", "--", "status", "f");
  assert.match(completed.stdout, /^fails\.service\tred/);
  assert.doesNotMatch(completed.stdout, /[^\P{Cc}\n\t]/u);
});
