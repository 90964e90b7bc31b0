import assert from "node:assert/strict";
import { mkdtemp, rm, watch, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UnitNameError } from "@flotilla/unit";
import { readEntries } from "./journal-entries.ts";
import { readJournal } from "./journal.ts";
import { ReaderError } from "./reader-error.ts";
import { readStatus } from "./status.ts";

const forever = new AbortController().signal;

/** Runs `use` with a shell script in the place of journalctl. */
async function withJournalctl(script: string, use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "flotilla-journalctl-"));
  const { PATH } = process.env;
  await writeFile(join(directory, "journalctl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env["PATH"] = `${directory}:${PATH}`;
  try {
    await use(directory);
  } finally {
    process.env["PATH"] = PATH;
    await rm(directory, { recursive: true });
  }
}

/** Resolves when the file changes. The directory is watched from the call on, so the caller may change it right after. */
async function untilChanged(directory: string, file: string): Promise<void> {
  for await (const { filename } of watch(directory, { signal: AbortSignal.timeout(20_000) }))
    if (filename === file) return;
}

describe("readEntries", () => {
  const request = { matches: [], last: 10, fields: ["A"] };

  it("returns the entries, also with characters that some programs take for the end of a line", async () => {
    await withJournalctl(`echo '{"A":"1\u2028\u2029\u0085"}'; echo '{"A":null,"B":"2"}'`, async () =>
      assert.deepEqual(await readEntries(request, forever), [{ A: "1\u2028\u2029\u0085" }, { B: "2" }]),
    );
  });

  it("rejects with the signal's reason, and with nothing else, when it aborts within a line", async () => {
    const abort = new AbortController();
    const reason = new Error("gone");
    const script = `printf '{"A":"1"}\\n{"A":'\ntouch "$(dirname "$0")/printed"\nexec sleep 60`;
    await withJournalctl(script, async (directory) => {
      const printed = untilChanged(directory, "printed");
      const read = assert.rejects(readEntries(request, abort.signal), reason);
      await printed;
      abort.abort(reason);
      await read;
    });
  });
});

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
    const stderr = "Insufficient watch descriptors available. Reverting to -n.";
    const read = async (follow: boolean): Promise<string> => {
      let text = "";
      for await (const piece of readJournal({ unit: "a.service", lines: 1, follow }, forever)) text += String(piece);
      return text;
    };
    await withJournalctl(`echo one\necho '${stderr}' >&2`, async () => {
      assert.equal(await read(false), "one\n");
      await assert.rejects(read(true), (error) => {
        assert.ok(error instanceof ReaderError);
        assert.equal(error.message, `journalctl stopped following the journal of a.service: ${stderr}`);
        return true;
      });
    });
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
