import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment, Mirror } from "@flotilla/model";
import type { ManagedUnit } from "@flotilla/systemd";
import type { RelationKind } from "@flotilla/unit";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { ACTIVE, ASSIGNED, FAILED, INACTIVE, LAUNCHED } from "../unit/situation.fixture.ts";
import { NeedOrder } from "./need-order.ts";
import { NeedsHere } from "./needs-here.ts";

const A = "a.service";
const B = "b.service";

interface Case {
  readonly kinds: readonly RelationKind[];
  /** The state of B elsewhere, and of its stub here. */
  readonly mirror?: Mirror["state"];
  readonly stub?: Mirror["state"];
  readonly isHostUnit?: boolean;
  /** B is assigned here. */
  readonly here?: { readonly managed: ManagedUnit | undefined; readonly launch?: LaunchRecord };
}

function orderOf({ kinds, mirror, stub, isHostUnit = false, here }: Case): NeedOrder {
  const needer: Assignment = { ...ASSIGNED, unit: A, needs: [{ unit: B, kinds }] };
  const all = new Map([[A, needer]]);
  if (here) all.set(B, { ...ASSIGNED, unit: B });
  const needs = new NeedsHere({ all });
  needs.note([A]);
  const record = stub && { ...LAUNCHED, phase: "mirrored" as const, hash: stub };
  const launch = here ? here.launch : record;
  const managed = here ? here.managed : stub && (stub === "active" ? ACTIVE : INACTIVE);
  const text = mirror === "failed" ? "has failed on machine m2" : "is told";
  return new NeedOrder({
    needs,
    mirrors: new Map(mirror ? [[B, { unit: B, state: mirror, text, options: [] }]] : []),
    assignments: { all },
    manager: { list: () => new Map(managed ? [[B, managed]] : []) },
    launches: { all: new Map(launch ? [[B, launch]] : []) },
    troubleOf: () => (isHostUnit ? "failing" : "none"),
  });
}

const AFTER = ["after"] as const;
const REQUIRES = ["after", "requires"] as const;
const BOUND = ["after", "bindsTo"] as const;

for (const [name, given, waits] of [
  ["the state elsewhere is not known yet", { kinds: AFTER }, true],
  ["only After=, and B is being started", { kinds: AFTER, mirror: "starting", stub: "starting" }, true],
  ["only After=, and B has failed", { kinds: AFTER, mirror: "failed", stub: "failed" }, false],
  ["only After=, and B is not started", { kinds: AFTER, mirror: "inactive", stub: "inactive" }, false],
  ["Requires=, and B is active", { kinds: REQUIRES, mirror: "active", stub: "active" }, false],
  ["Requires=, and B is active, but its stub is not", { kinds: REQUIRES, mirror: "active", stub: "starting" }, true],
  ["Requires=, and B is not started", { kinds: REQUIRES, mirror: "inactive", stub: "inactive" }, true],
  ["Requires=, and B is a finished oneshot", { kinds: REQUIRES, mirror: "finished", stub: "finished" }, false],
  ["BindsTo=, and B is a finished oneshot", { kinds: BOUND, mirror: "finished", stub: "finished" }, true],
  [
    "Requires= without After=, and B is being started",
    { kinds: ["requires"], mirror: "starting", stub: "starting" },
    false,
  ],
  ["Wants= only, and B has failed", { kinds: ["wants"], mirror: "failed", stub: "failed" }, false],
  ["the host has a unit of its own with this name", { kinds: BOUND, mirror: "failed", isHostUnit: true }, false],
  ["B is here and was not asked to start", { kinds: AFTER, here: { managed: INACTIVE } }, true],
  ["B is here and was started", { kinds: AFTER, here: { managed: ACTIVE, launch: LAUNCHED } }, false],
  ["B is here and has failed", { kinds: AFTER, here: { managed: FAILED, launch: LAUNCHED } }, false],
  [
    "B is here and has failed, and A is bound to it",
    { kinds: BOUND, here: { managed: FAILED, launch: LAUNCHED } },
    true,
  ],
] satisfies readonly (readonly [string, Case, boolean])[])
  test(`${waits ? "a start waits" : "a start does not wait"}: ${name}`, () => {
    assert.equal(orderOf(given).waitOf(A) !== undefined, waits);
  });

test("a wait that may last has a problem that says where the other unit is", () => {
  const { problem } = orderOf({ kinds: BOUND, mirror: "failed", stub: "failed" }).waitOf(A) ?? assert.fail();
  assert.equal(problem, "a.service waits for b.service, which has failed on machine m2");
  assert.equal(orderOf({ kinds: BOUND, mirror: "starting", stub: "starting" }).waitOf(A)?.problem, "");
});

test("a unit is held back while what it is bound to is down, also before the mirrors are known", () => {
  assert.equal(orderOf({ kinds: BOUND, mirror: "failed", stub: "active" }).isHeldBack(A), true);
  assert.equal(orderOf({ kinds: BOUND, stub: "failed" }).isHeldBack(A), true);
  assert.equal(orderOf({ kinds: BOUND, mirror: "starting", stub: "active" }).isHeldBack(A), false);
  assert.equal(orderOf({ kinds: REQUIRES, mirror: "failed", stub: "failed" }).isHeldBack(A), false);
});
