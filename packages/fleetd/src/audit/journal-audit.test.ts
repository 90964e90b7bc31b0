import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogFields, type Logger, ManualClock, silentLogger } from "@flotilla/runtime";
import { journalLogger } from "../logging/journal-logger.ts";
import { JournalAudit } from "./journal-audit.ts";

test("an entry of the journal has a field for each part of the record", () => {
  const entries: (readonly string[])[] = [];
  const log = journalLogger(
    (items) => entries.push(items),
    () => 0,
  );
  const audit = new JournalAudit(log, new ManualClock());
  audit.record({
    ...{ who: "token", name: "ci", tokenID: "abcdefghi0", from: "10.0.0.9", via: "m1" },
    ...{ verb: "start", unit: "a.service", revision: 7, result: "done", reason: undefined },
  });
  const [[message, , ...fields] = []] = entries;
  assert.match(message ?? "", /^MESSAGE=audit: the cluster was changed audit=1 auditWho=token /);
  assert.deepEqual(fields, [
    ...["FLEET_AUDIT=1", "FLEET_AUDIT_WHO=token", "FLEET_AUDIT_NAME=ci", "FLEET_AUDIT_TOKEN=abcdefghi0"],
    ...["FLEET_AUDIT_FROM=10.0.0.9", "FLEET_AUDIT_VIA=m1", "FLEET_AUDIT_VERB=start", "FLEET_AUDIT_UNIT=a.service"],
    ...["FLEET_AUDIT_REVISION=7", "FLEET_AUDIT_RESULT=done"],
  ]);
});

test("changes are always recorded; of refusals 100 a second, with a note of the others", async () => {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const log: Logger = {
    ...silentLogger,
    info: (message, fields) => void lines.push([message, fields]),
    warn: (message, fields) => void lines.push([message, fields]),
  };
  const clock = new ManualClock();
  const audit = new JournalAudit(log, clock);
  const refused = { who: "open", verb: "destroy", result: "refused", reason: "x".repeat(10_000) } as const;
  for (let count = 0; count < 150; count++) audit.record(refused);
  for (let count = 0; count < 150; count++) audit.record({ who: "local", verb: "start", result: "done" });
  assert.equal(lines.length, 250);
  assert.ok(String(lines[0]?.[1]?.["auditReason"]).length <= 500);
  await clock.advance(1_000);
  assert.deepEqual(lines.slice(250), [
    [
      "audit: refusals were not recorded, because there were too many",
      {
        ...{ audit: 1, auditWho: "server", auditVerb: "record", auditResult: "failed" },
        auditReason: "50 more requests were refused or failed within one second",
      },
    ],
  ]);
  await clock.advance(5_000);
  assert.equal(lines.length, 251);
  audit.record(refused);
  assert.equal(lines.length, 252);
});
