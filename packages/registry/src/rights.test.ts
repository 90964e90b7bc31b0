import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Op } from "@flotilla/store";
import fc from "fast-check";
import { keys, type ParsedKey, parseKey } from "./keys.ts";
import { MACHINE_RIGHTS, MachineRights } from "./rights.ts";

const [OWN, OTHER] = ["a".repeat(32), "b".repeat(32)];
const DIGEST = "0".repeat(64);
const rights = new MachineRights(OWN);

/** A key of each kind for one machine. The type makes a kind without a key, and so without a test, fail the build. */
const keyOfKind = (machineID: string): Readonly<Record<ParsedKey["kind"], string>> => ({
  file: keys.file(DIGEST),
  unit: keys.unit("web.service"),
  attempts: keys.attempts("web.service"),
  runs: keys.runs("web.service"),
  assignment: keys.assignment(machineID, "web.service"),
  mirror: keys.mirror(machineID, "web.service"),
  state: keys.state(machineID, "web.service"),
  machine: keys.machine(machineID),
  "machine-settings": keys.machineSettings(machineID),
  member: keys.member(machineID),
  "removed-member": keys.removedMember(machineID),
  server: keys.server(machineID),
  rotation: keys.rotation(machineID),
  departure: keys.departure(machineID),
  publisher: keys.publisher(machineID),
  token: keys.token("abcdefgh01"),
  "token-use": keys.tokenUse("abcdefgh01"),
  leader: keys.leader,
  attendance: keys.attendance,
  "attendance-entry": keys.attendanceEntry(machineID),
  release: keys.release,
  secret: keys.secret("db"),
  authority: keys.authority,
  identity: keys.identity,
  base: keys.base,
  move: keys.move,
  "secrets-key": keys.secretsKey,
  events: keys.events(machineID, "1"),
  "event-floor": keys.eventFloor,
});

/** The rights of a machine, as docs/registry-keys.md lists them: on its own key and on the key of another machine. */
const WANTED: Readonly<Record<ParsedKey["kind"], readonly [own: string, other: string]>> = {
  file: ["r", "r"],
  unit: ["", ""],
  attempts: ["", ""],
  runs: ["", ""],
  assignment: ["r", ""],
  mirror: ["r", ""],
  state: ["rw", ""],
  machine: ["rw", ""],
  "machine-settings": ["", ""],
  member: ["", ""],
  "removed-member": ["", ""],
  server: ["", ""],
  rotation: ["", ""],
  departure: ["rw", ""],
  publisher: ["rw", ""],
  token: ["", ""],
  "token-use": ["", ""],
  leader: ["", ""],
  attendance: ["", ""],
  "attendance-entry": ["", ""],
  release: ["", ""],
  secret: ["", ""],
  authority: ["", ""],
  identity: ["r", "r"],
  base: ["", ""],
  move: ["", ""],
  "secrets-key": ["", ""],
  events: ["", ""],
  "event-floor": ["", ""],
};

/** Every request that names `key`, with whether it reads or writes. */
function requestsFor(key: string): [right: string, refused: string | undefined][] {
  const lease = "1";
  const write = (op: Op): string | undefined => rights.txn({ onSuccess: [op] });
  return [
    ["r", rights.range({ prefix: key, exact: true })],
    ["r", rights.watch({ prefix: key, exact: true })],
    ["r", rights.watch({ prefix: keys.assignmentsOf(OWN), witness: { key, value: "" } })],
    ["r", rights.txn({ compare: [{ key, modRevision: 0 }], onSuccess: [] })],
    ["r", rights.txn({ compare: [{ key, createRevision: 0 }], onSuccess: [] })],
    ["w", write({ put: key, value: "", lease })],
    ["w", write({ delete: key })],
  ];
}

for (const [index, machineID] of [OWN, OTHER].entries())
  for (const [kind, key] of Object.entries(keyOfKind(machineID)))
    test(`a machine's rights on ${kind} of ${index === 0 ? "its own" : "another machine"}`, () => {
      assert.equal(parseKey(key)?.kind, kind);
      const wanted = WANTED[kind as ParsedKey["kind"]][index] ?? "";
      for (const [right, refused] of requestsFor(key)) {
        assert.equal(refused === undefined, wanted.includes(right), `${right}: ${refused}`);
        if (refused !== undefined) assert.ok(refused.includes(key), refused);
      }
    });

test("every kind of key has a decision", () => {
  assert.deepEqual(new Set(Object.keys(MACHINE_RIGHTS)), new Set(Object.keys(keyOfKind(OWN))));
});

describe("prefixes", () => {
  for (const prefix of [
    ...["", "a", "assignment", "assignment/", `assignment/${OWN}`, `state/${OWN}`, "state/", "file/", `machine/${OWN}`],
    ...[keys.assignmentsOf(OTHER), keys.statesOf(OTHER), "identity/", "unit/", keys.file(DIGEST), keys.identity],
  ])
    test(`${JSON.stringify(prefix)} is refused`, () => {
      assert.notEqual(rights.range({ prefix }), undefined);
      assert.notEqual(rights.watch({ prefix }), undefined);
      assert.notEqual(rights.txn({ onSuccess: [{ deletePrefix: prefix }] }), undefined);
    });

  test("a machine lists and watches its own assignments and states, and deletes its own states", () => {
    for (const prefix of [keys.assignmentsOf(OWN), keys.statesOf(OWN)]) {
      assert.equal(rights.range({ prefix }), undefined);
      assert.equal(rights.watch({ prefix }), undefined);
    }
    assert.equal(rights.txn({ onSuccess: [{ deletePrefix: keys.statesOf(OWN) }] }), undefined);
    assert.notEqual(rights.txn({ onSuccess: [{ deletePrefix: keys.assignmentsOf(OWN) }] }), undefined);
  });
});

test("a transaction registers the machine if it writes the machine's record", () => {
  const put = (key: string): Op => ({ put: key, value: "", lease: "1" });
  assert.equal(rights.registers({ onSuccess: [put(keys.publisher(OWN)), put(keys.machine(OWN))] }), true);
  for (const op of [put(keys.publisher(OWN)), put(keys.machine(OTHER)), { delete: keys.machine(OWN) }])
    assert.equal(rights.registers({ onSuccess: [op] }), false);
});

test("a write without a lease is refused, and one refused operation refuses the transaction", () => {
  const put = { put: keys.machine(OWN), value: "" };
  assert.match(rights.txn({ onSuccess: [put] }) ?? "", /only under a lease/);
  const leased = { ...put, lease: "1" };
  assert.equal(rights.txn({ onSuccess: [leased] }), undefined);
  assert.match(rights.txn({ onSuccess: [leased, { delete: keys.leader }] }) ?? "", /may not write "engine\/leader"/);
});

test("no request reaches a key that does not begin with a directory of the machine, a file or the identity", () => {
  const part = fc.oneof(
    fc.constantFrom(
      "assignment",
      "state",
      "machine",
      "publisher",
      "departure",
      "file",
      "identity",
      "unit",
      "engine",
      "secret",
    ),
    fc.constantFrom(
      OWN,
      OTHER,
      OWN.slice(1),
      `${OWN}x`,
      "..",
      ".",
      "",
      "ca",
      "cluster",
      "secrets",
      DIGEST,
      "a.service",
    ),
    fc.string({ maxLength: 3 }),
  );
  const key = fc.array(part, { maxLength: 4 }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(key, fc.boolean(), (prefix, exact) => {
      if (rights.range({ prefix, exact }) !== undefined) return;
      const isOwn = new RegExp(`^(assignment|state)/${OWN}/|^(machine|publisher|departure)/${OWN}$`).test(prefix);
      assert.ok(isOwn || (exact && (prefix === keys.identity || prefix === keys.file(DIGEST))), prefix);
    }),
    { numRuns: 2_000 },
  );
});
