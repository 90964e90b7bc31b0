import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_ATTENDANCE } from "@flotilla/model";
import { decide, explain } from "../decide.ts";
import { failureHere } from "./attempts.ts";
import { NO_TIME } from "./moment.ts";
import { apply, brief } from "../fixture/apply.ts";
import { cluster } from "../fixture/cluster.ts";

/** An order to m1 within this span came right before the machine was lost. */
const MOMENT = { ...NO_TIME, now: 2000, lastStarts: new Map([["m1", { from: 900, to: 1_900 }]]) };

const cases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ["the first loss moves the unit", "m2 m3", ["a @m1'"], ["move a m1>m2"]],
  ["the second loss moves the unit", "m2 m3", ["a @m1' l:m4"], ["move a m1>m2"]],
  [
    "the third loss holds the unit, and its machine does not start it again",
    "m2 m3",
    ["a @m1' l:m4 l:m5"],
    ["note a m1", "unplaceable a"],
  ],
  ["the second loss holds the unit if one machine is left", "m2", ["a @m1' l:m4"], ["note a m1", "unplaceable a"]],
  ["machines that vanished together keep their units, whatever the losses", "m2 m1? m3?", ["a @m1' l:m4 l:m5"], []],
  [
    "a machine that is lost again after another start counts again",
    "m2 m3",
    ["a @m1' L:m1 l:m4"],
    ["note a m1", "unplaceable a"],
  ],
  ["the unit is held while the losses are on record", "m2 m3", ["a ~m1 l:m1 l:m4 l:m5"], ["unplaceable a"]],
  ["a held unit keeps a copy that runs after all", "m1 m2", ["a ~m1 +m1 l:m1 l:m4 l:m5"], ["place a m1"]],
  ["a unit that had run for long before the loss moves", "m2 m3", ["a @m1 l:m4"], ["move a m1>m2"]],
  ["a unit stays where it runs", "m1 m2", ["a @m1 +m1 l:m3 l:m4 l:m5"], []],
  [
    "the loss is recorded for a unit that is pinned to the lost machine",
    "m2 m3",
    ["a MachineID=m1 @m1'"],
    ["note a m1", "unplaceable a"],
  ],
  [
    "the loss is recorded for a unit that no other machine can take",
    "m2",
    ["a MachineMetadata=x=y @m1' l:m1"],
    ["note a m1", "unplaceable a"],
  ],
  ["a pinned unit starts again when its machine is back", "m1 m2", ["a MachineID=m1 ~m1 l:m1 l:m1"], ["place a m1"]],
  ["a pinned unit is held after the third loss", "m1 m2", ["a MachineID=m1 ~m1 l:m1 l:m1 l:m1"], ["unplaceable a"]],
  [
    "the machine's other units move",
    "m2 m3",
    ["a @m1' l:m4 l:m5", "b @m1'"],
    ["move b m1>m2", "note a m1", "unplaceable a"],
  ],
  ["a loss before a requested restart does not count", "m2 m3", ["a restart @m1' l:m4 l:m5"], ["move a m1>m2"]],
  ["failures of the unit itself are no losses", "m2 m3", ["a @m1' x:m4 x:m5"], ["move a m1>m2"]],
];

/** Of global units. */
const globalCases: typeof cases = [
  ["the first loss is recorded", "m2 m3", ["g @m1' @m2 @m3 +m2 +m3"], ["note g m1"]],
  ["the unit is held if one machine is left", "m2", ["g @m1'"], ["note g m1", "unplaceable g"]],
  ["the unit is held while the other machine is away", "m2", ["g ~m1 l:m1"], ["unplaceable g"]],
  ["the unit starts when the other machine is back", "m1 m2", ["g ~m1 l:m1"], ["place g m1", "place g m2"]],
  [
    "the unit is held everywhere after the third loss",
    "m1 m2 m3 m4",
    ["g ~m1 ~m2 ~m3 l:m1 l:m2 l:m3"],
    ["unplaceable g"],
  ],
  [
    "a held unit stays where it runs, and is not restarted",
    "m1 m2",
    ["g restart @m1 +m1 @m2! +m2 l:m1 l:m2 l:m3"],
    ["unplaceable g"],
  ],
  [
    "a held unit keeps a copy that runs after all",
    "m1 m2",
    ["g ~m1 +m1 l:m1 l:m2 l:m3"],
    ["place g m1", "unplaceable g"],
  ],
  [
    "a held unit can still be stopped",
    "m1 m2",
    ["g inactive @m1 @m2 l:m1 l:m2 l:m3"],
    ["unplace g m1", "unplace g m2"],
  ],
];

for (const [about, machines, units, decided] of [
  ...cases,
  ...globalCases.map(
    ([about, machines, units, decided]) =>
      [
        `a global unit: ${about}`,
        machines,
        units.map((unit) => unit.replace("g ", "g Global=true ")),
        decided,
      ] as const,
  ),
]) {
  test(`a machine lost right after a start: ${about}`, () =>
    assert.deepEqual(decide(cluster(machines, ...units), MOMENT).map(brief), decided));
}

test("machines that vanished together keep a global unit, which is held on the others", () => {
  const span = { from: 900, to: 1_900 };
  const moment = { ...MOMENT, lastStarts: new Map(["m1", "m2", "m3"].map((id) => [id, span])) };
  const decisions = decide(cluster("m1? m2? m3? m4 m5", "g Global=true @m1' @m2' @m3'"), moment);
  assert.deepEqual(decisions.map(brief), ["note g m1", "unplaceable g"]);
  assert.deepEqual(
    decisions[0]?.writes.map(({ action }) => action),
    ["note-attempts"],
  );
});

test("when many machines vanish together, no more losses are written than the record keeps", () => {
  const ids = Array.from({ length: 25 }, (_, index) => `m${index + 10}`);
  const lastStarts = new Map(ids.map((id) => [id, { from: 900, to: 1_900 }]));
  const places = ids.map((id) => `@${id}'`).join(" ");
  const snapshot = cluster(`${ids.map((id) => `${id}?`).join(" ")} m1 m2`, `g Global=true ${places}`);
  const first = decide(snapshot, { ...MOMENT, lastStarts });
  assert.deepEqual(first.map(brief), ["note g m10", "unplaceable g"]);
  const then = apply(snapshot, first);
  assert.deepEqual(decide(then, { ...MOMENT, lastStarts }).map(brief), ["unplaceable g"]);
  const released = decide({ ...then, attendance: EMPTY_ATTENDANCE }, { ...MOMENT, lastStarts });
  assert.deepEqual(released.map(brief), ["note g m20", "unplaceable g"]);
});

test("a global unit that is down on a machine that has returned from a loss does not move", () => {
  const units = ["g Global=true @m1 %m1 @m2 +m2 @m3 +m3 L:m1", "a", "b", "c"];
  const snapshot = cluster("m1 m2 m3", ...units);
  const rested = new Set(["g.service"]);
  assert.equal(failureHere(snapshot.units.get("g.service") ?? assert.fail(), snapshot), undefined);
  assert.deepEqual(decide(snapshot, { ...NO_TIME, rested }), decide(snapshot, NO_TIME));
});

test("machines lost right after the start of a global unit are recorded together", () => {
  const span = { from: 900, to: 1_900 };
  const moment = { ...MOMENT, lastStarts: new Map(["m1", "m2", "m3"].map((id) => [id, span])) };
  const snapshot = cluster("m4 m5", "g Global=true @m1' @m2' @m3'");
  const [note, ...more] = decide(snapshot, moment);
  assert.deepEqual(more.map(brief), ["unplaceable g"]);
  assert.deepEqual(
    note?.writes.map((write) => (write.action === "note-attempts" ? write.attempts.failed.length : write.action)),
    ["assign", "assign", "assign", 3],
  );
  assert.match(more[0]?.sentence ?? "", /machines m1, m2 and m3 were lost right after each was asked to start it/);
});

const trials: readonly (readonly [about: string, machines: string, unit: string, decided: readonly string[]])[] = [
  ["one machine is spared", "m1 m2 m3", "", ["place g m1", "place g m2"]],
  ["the machine is also spared when others have the unit", "m1 m2 m3", "@m1' @m2'", []],
  ["one machine is spared from a new file, too", "m1 m2", "@m1! @m2!", ["update g m1"]],
  ["no machine is spared from a unit that is only loaded", "m1 m2", "loaded", ["place g m1", "place g m2"]],
  ["the only machine is not spared", "m1", "", ["place g m1"]],
];

for (const [about, machines, unit, decided] of trials) {
  test(`a global unit whose start no machine has outlived: ${about}`, () => {
    const moment = { ...NO_TIME, onTrial: new Set(["g.service"]) };
    assert.deepEqual(decide(cluster(machines, `g Global=true ${unit}`.trim()), moment).map(brief), decided);
  });
}

test("a global unit whose start no machine has outlived: the leader's machine is spared", () => {
  const snapshot = { ...cluster("m1 m2 m3", "g Global=true"), leader: "m2" };
  const moment = { ...NO_TIME, onTrial: new Set(["g.service"]) };
  assert.deepEqual(decide(snapshot, moment).map(brief), ["place g m1", "place g m3"]);
});

test("a recorded loss counts once, until the machine is asked again to start the unit", () => {
  const snapshot = cluster("m2", "g Global=true @m1'");
  const unit = snapshot.units.get("g.service");
  const failed = [{ machineID: "m1", since: 100, at: 1_500, reason: "", lost: true }];
  const attempts = new Map([["g.service", { unitRevision: unit?.revision ?? 0, failed }]]);
  assert.deepEqual(decide({ ...snapshot, attempts }, MOMENT).map(brief), ["unplaceable g"]);
});

test("the lost machines of a global unit are not checked again for each present machine", () => {
  let looks = 0;
  class Counted<K, V> extends Map<K, V> {
    override keys(): MapIterator<K> {
      looks += 1;
      return super.keys();
    }
  }
  const ids = Array.from({ length: 100 }, (_, index) => `m${index}`);
  const lastStarts = new Counted(ids.slice(50).map((id) => [id, { from: 900, to: 1_900 }] as const));
  const snapshot = cluster(ids.slice(0, 50).join(" "), "g Global=true @m50");
  const { length } = decide(snapshot, { ...MOMENT, lastStarts });
  assert.equal(length, 50);
  assert.ok(looks < 10, `${looks} looks`);
});

test("a machine that was lost after the start of an earlier file is no loss of the unit", () => {
  const snapshot = cluster("m2", "g Global=true @m1'");
  const unit = snapshot.units.get("g.service") ?? assert.fail();
  const units = new Map([["g.service", { ...unit, hash: "another", digest: "another" }]]);
  assert.deepEqual(decide({ ...snapshot, units }, MOMENT).map(brief), ["place g m2"]);
});

test("a machine that was lost before it was asked to start the unit is no loss of the unit", () => {
  const moment = { ...MOMENT, lastStarts: new Map([["m1", { from: 0, to: 500 }]]) };
  assert.deepEqual(decide(cluster("m2 m3", "a @m1' l:m4 l:m5"), moment).map(brief), ["move a m1>m2"]);
});

test("a machine lost right after a start: the loss is recorded with the move", () => {
  const [move] = decide(cluster("m2 m3", "a @m1'"), MOMENT);
  const noted = move?.writes.find(({ action }) => action === "note-attempts");
  assert.ok(noted?.action === "note-attempts");
  assert.deepEqual(
    noted.attempts.failed.map(({ machineID, at, lost }) => [machineID, at, lost]),
    [["m1", 2000, true]],
  );
  const [other] = decide(cluster("m2 m3", "a @m1"), MOMENT);
  assert.deepEqual(
    other?.writes.map(({ action }) => action),
    ["assign", "assign"],
    "a unit that had run there for long is not blamed",
  );
});

test("a machine lost right after a start: an exclusive unit is held likewise, and leaves its machine", () => {
  const moment = { ...MOMENT, gone: new Set(["m1"]) };
  const decisions = decide(cluster("m2 m3", "a @m1' Exclusive=true l:m4 l:m5"), moment);
  assert.deepEqual(decisions.map(brief), ["unplace a m1", "unplaceable a"]);
  assert.deepEqual(
    decisions[0]?.writes.map(({ action }) => action),
    ["unassign", "note-attempts"],
  );
});

test("a machine lost right after a start: the reasons name the machines and the fix", () => {
  assert.deepEqual(explain(cluster("m2 m3", "a ~m1 l:m1 l:m4 l:m5"), "a.service"), [
    "a.service cannot be placed",
    "it is held: machines m1, m4 and m5 were lost right after each was asked to start it",
    "the nearest fix: find out what the unit does to its machine, then run fleetctl restart a.service",
  ]);
});

test("a machine lost right after a start: a machine that was lost several times is named once", () => {
  const [, reason] = explain(cluster("m1 m2", "a MachineID=m1 ~m1 l:m1 l:m1 l:m1"), "a.service");
  assert.equal(reason, "it is held: machine m1 was lost right after it was asked to start it");
});
