/** The readers on a real journal; runs inside a lab host, as dbus-unit-manager.live.ts does. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { JournalFilter } from "@flotilla/unit";
import { checkPattern, HostUnitError, readJournal, clusterUnits, readStatus } from "./index.ts";

const forever = new AbortController().signal;

async function read(unit: string, lines: number, output: string, cursor?: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of readJournal({ unit, lines, output, cursor }, forever)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function readEntries(unit: string, lines: number, cursor?: string) {
  const text = (await read(unit, lines, "json", cursor)).trim();
  return text.split("\n").map((line) => {
    const fields = new Map(Object.entries(JSON.parse(line) as Record<string, string>));
    return { cursor: fields.get("__CURSOR"), message: fields.get("MESSAGE") };
  });
}

describe("journal and status of a real unit", () => {
  const name = "live-journal.service";
  const say = (...words: string[]): void => {
    execFileSync("systemd-run", ["--wait", "--quiet", "--unit", name, "/bin/echo", ...words]);
    execFileSync("journalctl", ["--sync"]);
  };

  it("reads the last lines in the requested mode", async () => {
    say("first");
    say("second");
    assert.match(await read(name, 10, "cat"), /first[\s\S]*second/);
    const entries = (await read(name, 100, "json")).trim().split("\n");
    assert.ok(entries.some((line) => (JSON.parse(line) as { readonly MESSAGE: string }).MESSAGE === "second"));
  });

  it("filters entries by time, priority, pattern and boot", async () => {
    say("<3>worse");
    const before = new Date(Date.now() - 3_600_000).toISOString();
    const lines = async (filter: JournalFilter): Promise<readonly string[]> => {
      const pieces: Buffer[] = [];
      for await (const piece of readJournal({ unit: name, lines: 100, output: "cat", ...filter }, forever))
        pieces.push(piece);
      return Buffer.concat(pieces).toString().split("\n");
    };
    assert.ok((await lines({ priority: "err", since: before, boot: "0" })).includes("worse"));
    assert.ok(!(await lines({ priority: "err" })).includes("second"));
    assert.ok(!(await lines({ until: before })).includes("worse"));
    assert.deepEqual(await lines({ grep: "^wor.e$" }), ["worse", ""]);
    assert.ok(!(await lines({ grep: "--output=json" })).includes("worse"));
    await checkPattern("wor.e", forever);
    await assert.rejects(checkPattern("(", forever), { code: "bad-pattern" });
    assert.deepEqual(
      (await lines({ invocation: "0".repeat(32) })).filter((line) => line !== "" && !line.startsWith("--")),
      [],
    );
    await assert.rejects(lines({ invocation: "x" }), { code: "systemd-reader" });
    await assert.rejects(lines({ priority: "err --user" }), { code: "systemd-reader" });
  });

  it("continues after an entry, also after the last one, and returns long entries completely", async () => {
    const long = "x".repeat(5_000);
    say(long);
    const entries = await readEntries(name, 20);
    const at = entries.findIndex(({ message }) => message === long);
    assert.deepEqual(await readEntries(name, 0, entries[at - 1]?.cursor), entries.slice(at));
    const last = entries.at(-1)?.cursor ?? assert.fail();
    assert.equal(await read(name, 10, "cat", last), "");
    const abort = new AbortController();
    const request = { unit: name, lines: 0, follow: true, output: "cat", cursor: last };
    const following = assert.rejects(
      async () => {
        for await (const piece of readJournal(request, abort.signal)) {
          assert.doesNotMatch(piece.toString(), /second/);
          if (piece.includes("after the last")) abort.abort(new Error("enough"));
        }
      },
      { message: "enough" },
    );
    say("after the last");
    await following;
  });

  it("follows, and leaves no process when aborted", async () => {
    const abort = new AbortController();
    const followers = (): string =>
      execFileSync("sh", ["-c", "pgrep -fc 'journalctl.*[-]-follow' || true"], { encoding: "utf8" });
    const following = assert.rejects(async () => {
      for await (const piece of readJournal({ unit: name, lines: 10, follow: true, output: "cat" }, abort.signal)) {
        if (piece.includes("third")) abort.abort(new Error("enough"));
      }
    }, /^Error: enough$/);
    say("third");
    await following;
    assert.equal(followers().trim(), "0");
  });

  it("returns a unit's status with systemctl's exit status", async () => {
    const [file, link] = ["/run/fleet/units/live-status.service", "/run/systemd/system/live-status.service"];
    mkdirSync("/run/fleet/units", { recursive: true });
    writeFileSync(file, "[Service]\nExecStart=/bin/sleep 100000\n");
    symlinkSync(file, link);
    execFileSync("systemctl", ["start", "live-status.service"]);
    const running = await readStatus("live-status.service", {}, forever);
    assert.equal(running.exitCode, 0);
    assert.match(running.text, /Active: active \(running\)/);
    const unknown = await readStatus("live-none.service", {}, forever);
    assert.equal(unknown.exitCode, 4);
    assert.match(unknown.text, /could not be found/);
    for (const path of [link, file]) rmSync(path);
    assert.equal((await readStatus("live-status.service", {}, forever)).exitCode, 0);
  });

  it("distinguishes the cluster's units from the host's", async () => {
    const [file, link] = ["/run/fleet/units/live-ours.service", "/run/systemd/system/live-ours.service"];
    mkdirSync("/run/fleet/units", { recursive: true });
    writeFileSync(file, "[Service]\nExecStart=/bin/sleep 100000\n");
    symlinkSync(file, link);
    const names = ["dbus.service", "live-ours.service", "-.mount", "live-none.service"];
    assert.deepEqual(await clusterUnits(names, {}, forever), ["live-ours.service", "live-none.service"]);
    for (const path of [link, file]) rmSync(path);
  });

  it("refuses the status of a unit of the host", async () => {
    for (const own of ["dbus.service", "-.mount"]) await assert.rejects(readStatus(own, {}, forever), HostUnitError);
  });
});
