import assert from "node:assert/strict";
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
    it(`refuses ${JSON.stringify(request)} before anything runs`, async () => {
      await assert.rejects(
        readJournal(request, forever).next(),
        (error) => error instanceof ReaderError || error instanceof UnitNameError,
      );
    });
  }

  it("does nothing once aborted", async () => {
    const reason = new Error("gone");
    await assert.rejects(readJournal({ unit: "a.service", lines: 1 }, AbortSignal.abort(reason)).next(), reason);
  });
});

describe("readStatus", () => {
  it("refuses a name that is none", async () => {
    await assert.rejects(readStatus("--version", {}, forever), UnitNameError);
  });

  it("does nothing once aborted", async () => {
    const reason = new Error("gone");
    await assert.rejects(readStatus("a.service", {}, AbortSignal.abort(reason)), reason);
  });
});
