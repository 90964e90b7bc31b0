import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuditRecord } from "@flotilla/runtime";
import { eventOfRequest } from "./request-event.ts";

const MACHINE = "c0ffee11".repeat(4);
const done = (record: Partial<AuditRecord>): AuditRecord => ({
  who: "token",
  name: "ci",
  from: "10.0.0.9",
  verb: "start",
  result: "done",
  revision: 7,
  ...record,
});

for (const [records, sentence, fact] of [
  [[done({ unit: "a.service" })], "token ci asked to start a.service", "unit a.service 7"],
  [
    [done({ unit: "a.service", verb: "submit" }), done({ unit: "a.service" })],
    "token ci asked to submit and start a.service",
    "unit a.service 7",
  ],
  [
    [done({ who: "local", name: "root", unit: "a.service", verb: "destroy" })],
    "root asked to destroy a.service",
    "destroyed a.service",
  ],
  [
    [done({ who: "local", name: undefined, unit: "a.service", verb: "kill", revision: undefined })],
    "a local user asked to kill a.service",
    undefined,
  ],
  [
    [done({ who: "open", name: undefined, verb: "metadata", object: `machines/${MACHINE}/metadata` })],
    "a client without authentication asked to change metadata: machine c0ffee11...",
    `metadata ${MACHINE}`,
  ],
  [
    [done({ who: "certificate", name: "alice", verb: "remove-machine", object: `machines/${MACHINE}` })],
    "certificate alice asked to remove a machine: machine c0ffee11...",
    `removed ${MACHINE}`,
  ],
  [
    [done({ verb: "release-hold", object: "hold/release" })],
    "token ci asked to end the mass-loss hold: hold/release",
    "hold released",
  ],
  [[done({ verb: "secrets", object: "secrets/db" })], "token ci asked to change a secret: secrets/db", undefined],
  [[done({ verb: "later-verb", object: "things/x" })], "token ci asked to later-verb: things/x", undefined],
] as const)
  test(`a request becomes an event: ${sentence}`, () => {
    const event = eventOfRequest(records);
    assert.deepEqual([event?.kind, event?.sentence, event?.fact], ["act", sentence, fact]);
    assert.equal(JSON.stringify(event).includes("10.0.0.9"), false, "the client's address stays in the audit");
  });

test("a request that was refused or failed is no event", () => {
  for (const result of ["refused", "failed"] as const)
    assert.equal(eventOfRequest([done({ unit: "a.service", result })]), undefined);
});
