import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

/** The daemon tries for 25 s to reach systemd. */
const PROMPT_MS = 10_000;

test("a daemon that cannot reach systemd ends promptly on SIGTERM", async () => {
  const home = await mkdtemp(join(tmpdir(), "flotilla-end-"));
  const config = join(home, "fleet.conf");
  await writeFile(config, "store=embedded\n");
  const main = join(import.meta.dirname, "../main.ts");
  const daemon = spawn(process.execPath, [main, "--user", "--config", config], {
    // This directory has neither a bus nor a systemd.
    env: { PATH: process.env["PATH"], HOME: home, XDG_RUNTIME_DIR: home },
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.timeout(60_000),
  });
  try {
    let said = "";
    for (const stream of [daemon.stdout, daemon.stderr]) stream.on("data", (text) => (said += String(text)));
    while (!said.includes("fleetd starts"))
      await Promise.race([once(daemon.stdout, "data"), once(daemon.stderr, "data")]);
    daemon.kill("SIGTERM");
    const begun = performance.now();
    assert.deepEqual(await once(daemon, "exit"), [0, null], said);
    assert.ok(performance.now() - begun < PROMPT_MS);
  } finally {
    daemon.kill("SIGKILL");
    await rm(home, { recursive: true, force: true });
  }
});
