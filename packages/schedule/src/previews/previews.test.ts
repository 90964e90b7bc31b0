import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd } from "../effort.ts";
import { cluster } from "../fixture/cluster.ts";
import { previewDrain } from "./preview-drain.ts";
import { previewMove } from "./preview-move.ts";
import { previewRebalance } from "./preview-rebalance.ts";

test("the preview of a drain shows all units at once, whatever MinAvailable= says", () => {
  const snapshot = cluster(
    "m1{z=q} m2 m3",
    ...["w@1 MinAvailable=2 @m1 +m1", "w@2 MinAvailable=2 @m1 +m1", "p MachineID=m1 @m1", "g Global=true @m1"],
    ...["x MachineMetadata=z=q @m1", "gone ~m1 @m2"],
  );
  assert.deepEqual(runToEnd(previewDrain(snapshot, "m1")), [
    { unit: "g.service", why: ["it is global: it leaves last"] },
    { unit: "p.service", why: ["p.service has MachineID=m1"] },
    { unit: "w@1.service", to: "m3", why: [] },
    { unit: "w@2.service", to: "m2", why: [] },
    { unit: "x.service", why: ["no other machine can take it"] },
  ]);
  assert.deepEqual(runToEnd(previewDrain(snapshot, "m9")), []);
  assert.equal(snapshot.machines.get("m1")?.drain, undefined, "the snapshot is as it was");
});

const moves: readonly (readonly [
  about: string,
  machines: string,
  units: readonly string[],
  to: string | undefined,
  result: object,
])[] = [
  ["to the named machine", "m1 m2 m3", ["a @m1"], "m3", { to: "m3", units: ["a.service"] }],
  ["to the best other machine", "m1 m2 m3", ["a @m1", "b @m2"], undefined, { to: "m3", units: ["a.service"] }],
  [
    "with those that go along",
    "m1 m2",
    ["a @m1", "b MachineOf=a.service @m1"],
    "m2",
    { to: "m2", units: ["a.service", "b.service"] },
  ],
  ["where it is", "m1 m2", ["a @m1"], "m1", { refused: ["it is on machine m1 already"] }],
  ["a machine that is away", "m1", ["a @m1"], "m2", { refused: ["machine m2 is not in the cluster"] }],
  ["no other machine", "m1", ["a @m1"], undefined, { refused: ["no other machine can take it"] }],
  ["a unit without a place", "m1", ["a inactive"], "m1", { refused: ["a.service is on no machine"] }],
  ["a pinned unit", "m1 m2", ["a NeverMoves=true @m1"], "m2", { refused: ["a.service has NeverMoves=true"] }],
  [
    "a conflict there",
    "m1 m2",
    ["a Conflicts=b.service @m1", "b @m2"],
    "m2",
    { refused: ["a.service: conflicts with b.service"] },
  ],
  ["a cordoned machine", "m1 m2(cordoned)", ["a @m1"], "m2", { refused: ["a.service: it is cordoned (new kernel)"] }],
];

for (const [about, machines, units, to, result] of moves)
  test(`the preview of a move: ${about}`, () =>
    assert.deepEqual(runToEnd(previewMove(cluster(machines, ...units), "a.service", to)), result));

const many = (count: number, of: (index: number) => string) => Array.from({ length: count }, (_, index) => of(index));

const loads: readonly (readonly [
  about: string,
  machines: string,
  units: readonly string[],
  moves: readonly string[],
])[] = [
  ["from the most to the least loaded", "m1 m2", many(6, (index) => `u${index} @m1`), ["u0 m1>m2", "u1 m1>m2"]],
  ["not where it would hardly help", "m1 m2", many(2, (index) => `u${index} @m1`), []],
  ["not from a machine that is even", "m1 m2", ["a @m1", "b @m1", "c @m2"], []],
  [
    "no exclusive and no pinned unit",
    "m1 m2",
    many(6, (index) => `u${index} ${index % 2 ? "Exclusive=true" : "NeverMoves=true"} @m1`),
    [],
  ],
  ["no unit that moves already", "m1 m2", many(6, (index) => `u${index} @m1 ~m2`), []],
  ["nothing to a machine that is drained", "m1 m2(drained)", many(6, (index) => `u${index} @m1`), []],
  [
    "units that must be together go together",
    "m1 m2",
    ["a @m1", "b MachineOf=a.service @m1", ...many(4, (index) => `u${index} @m1`)],
    ["a+b m1>m2"],
  ],
];

for (const [about, machines, units, expected] of loads)
  test(`a rebalance: ${about}`, () => {
    const found = runToEnd(previewRebalance(cluster(machines, ...units), 10));
    const told = found.map(
      ({ units: names, from, to }) => `${names.join("+").replaceAll(".service", "")} ${from}>${to}`,
    );
    assert.deepEqual(told, expected);
  });

test("a rebalance makes no more moves than it may", () => {
  const snapshot = cluster("m1 m2", ...many(20, (index) => `u${index} @m1`));
  assert.equal(runToEnd(previewRebalance(snapshot, 3)).length, 3);
});
