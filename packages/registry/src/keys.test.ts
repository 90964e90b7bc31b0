import assert from "node:assert/strict";
import { test } from "node:test";
import { keys, parseKey, readKey } from "./keys.ts";

const MACHINE = "a".repeat(32);
const DIGEST = "0".repeat(64);

const OWN = {
  file: keys.file(DIGEST),
  unit: keys.unit("web@1.service"),
  attempts: keys.attempts("a.service"),
  runs: keys.runs("a.service"),
  assignment: keys.assignment(MACHINE, "a.service"),
  mirror: keys.mirror(MACHINE, "a.service"),
  state: keys.state(MACHINE, "a.service"),
  machine: keys.machine(MACHINE),
  "machine-settings": keys.machineSettings(MACHINE),
  member: keys.member(MACHINE),
  "removed-member": keys.removedMember(MACHINE),
  publisher: keys.publisher(MACHINE),
  server: keys.server(MACHINE),
  rotation: keys.rotation(MACHINE),
  departure: keys.departure(MACHINE),
  "attendance-entry": keys.attendanceEntry(MACHINE),
  token: keys.token("abcdefgh01"),
  "token-use": keys.tokenUse("abcdefgh01"),
  leader: keys.leader,
  attendance: keys.attendance,
  release: keys.release,
  authority: keys.authority,
  identity: keys.identity,
  base: keys.base,
  move: keys.move,
  events: keys.events(MACHINE, "1764534049123"),
  "event-floor": keys.eventFloor,
};

for (const [kind, key] of Object.entries(OWN)) {
  test(`a key of the kind ${kind} is read, and similar keys are not`, () => {
    assert.equal(parseKey(key)?.kind, kind);
    const withoutLast = key.slice(0, key.lastIndexOf("/"));
    const others = [`${key}/x`, `${key}/`, `${withoutLast}/`, withoutLast, `${key}//`, `${key}\0`, `${key} `];
    for (const other of others) assert.equal(readKey(other), "malformed", JSON.stringify(other));
  });
}

const malformed = [
  ...[
    `file/${"0".repeat(63)}`,
    `file/${"G".repeat(64)}`,
    "unit/a",
    "unit/a.service/x",
    "unit/a.bogus",
    "unit/../a.service",
  ],
  ...[
    "assignment/M",
    "assignment/M/ok.service/x",
    "assignment//ok.service",
    "assignment/M/",
    "assignment/M x/ok.service",
  ],
  ...[
    "state/M/ok",
    `machine/${"m".repeat(65)}`,
    "machine/../x",
    "machine/..",
    "machine-settings/M/x",
    "member/M/x",
    "token/abcdefghi",
    "token/Abcdefghi0",
    "member/../x",
    "roll/M/x",
  ],
  ...["token-use/../token", "engine/leader2", "engine/__proto__", "engine", "hold/releases", "identity/ca.old"],
  ...["event/M", "event/M/x", "event/M/0", "event/M/01", "event/M/1e3", `event/M/${"1".repeat(16)}`],
];
for (const key of malformed)
  test(`${key} is malformed`, () => {
    assert.equal(readKey(key), "malformed");
    assert.equal(parseKey(key), undefined);
  });

test("a key of an unknown kind, perhaps of a later version, is ignored", () => {
  for (const key of ["reflection/M/a.service", "", "/", "constructor/x", "units/a.service"])
    assert.equal(readKey(key), "unknown");
});
