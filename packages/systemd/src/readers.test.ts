import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UnitNameError } from "@flotilla/unit";
import { readJournal } from "./journal.ts";
import { ReaderError } from "./reader-error.ts";
import { readStatus } from "./status.ts";

const forever = new AbortController().signal;

describe("readJournal", () => {
  const refused = [
    { unit: "a.service; reboot", lines: 1 },
    { unit: "../x.service", lines: 1 },
    { unit: "a.service", lines: -1 },
    { unit: "a.service", lines: 1.5 },
    { unit: "a.service", lines: Number.NaN },
    { unit: "a.service", lines: 1, output: "short --vacuum-size=1" },
    { unit: "a.service", lines: 1, output: "constructor" },
  ];
  for (const request of refused) {
    it(`refuses ${JSON.stringify(request)} before it runs journalctl`, async () => {
      await assert.rejects(
        readJournal(request, forever).next(),
        (error) => error instanceof ReaderError || error instanceof UnitNameError,
      );
    });
  }

  it("fails with the reason when journalctl stops following", async () => {
    const directory = await mkdtemp(join(tmpdir(), "flotilla-journalctl-"));
    const { PATH } = process.env;
    const stderr = "Insufficient watch descriptors available. Reverting to -n.";
    await writeFile(join(directory, "journalctl"), `#!/bin/sh\necho one\necho '${stderr}' >&2\n`, { mode: 0o755 });
    process.env["PATH"] = `${directory}:${PATH}`;
    const read = async (follow: boolean): Promise<string> => {
      let text = "";
      for await (const piece of readJournal({ unit: "a.service", lines: 1, follow }, forever)) text += String(piece);
      return text;
    };
    try {
      assert.equal(await read(false), "one\n");
      await assert.rejects(read(true), (error) => {
        assert.ok(error instanceof ReaderError);
        assert.equal(error.message, `journalctl stopped following the journal of a.service: ${stderr}`);
        return true;
      });
    } finally {
      process.env["PATH"] = PATH;
      await rm(directory, { recursive: true });
    }
  });

  it("does nothing once aborted", async () => {
    const reason = new Error("gone");
    await assert.rejects(readJournal({ unit: "a.service", lines: 1 }, AbortSignal.abort(reason)).next(), reason);
  });
});

describe("readStatus", () => {
  it("refuses an invalid name", async () => {
    await assert.rejects(readStatus("--version", {}, forever), UnitNameError);
  });

  it("does nothing once aborted", async () => {
    const reason = new Error("gone");
    await assert.rejects(readStatus("a.service", {}, AbortSignal.abort(reason)), reason);
  });
});
