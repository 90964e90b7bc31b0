import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_ATTENDANCE } from "@flotilla/model";
import { decide } from "../decide.ts";
import { brief } from "../fixture/apply.ts";
import { cluster } from "../fixture/cluster.ts";
import { decideAfter } from "../fixture/decide-after.ts";
import { EXERCISE_RULES } from "../fixture/exercise-rules.ts";
import { NO_TIME } from "../history/moment.ts";
import { RULES } from "../rules/rules.ts";
import { Scheduler } from "../scheduler.ts";

/**
 * The decisions of a kept scheduler after some units or machines have changed. The unit `f` keeps failing, and has
 * stayed on its machine for the length of its pause.
 */
const cases: readonly (readonly [
  about: string,
  /** The machines before, and after if they changed: "m1 -> m1 m2". */
  machines: string,
  before: readonly string[],
  now: readonly string[],
  decided: readonly string[],
])[] = [
  [
    "a unit goes to the machine that a failing unit leaves",
    "m1{z=a} m2",
    ["f @m1", "b Conflicts=f.service MachineMetadata=z=a"],
    ["f @m1 %m1 X:m1", "b Conflicts=f.service MachineMetadata=z=a"],
    ["move f m1>m2", "place b m1"],
  ],
  [
    "a unit goes to the machine that the last of a chain of replaced units leaves",
    "m1 m2{z=a} m3",
    ["a Replaces=b.service @m1", "b @m2", "y Conflicts=b.service MachineMetadata=z=a"],
    ["a Replaces=b.service @m1", "b @m2", "y Conflicts=b.service MachineMetadata=z=a", "x Replaces=a.service"],
    ["move a m1>m2", "move b m2>m3", "place x m1", "place y m2"],
  ],
  [
    "a follower goes to the machine that its anchor can use now",
    "m1",
    ["w @m1", "a Conflicts=w.service", "b MachineOf=a.service"],
    ["w inactive @m1", "a Conflicts=w.service", "b MachineOf=a.service"],
    ["unplace w m1", "place a m1", "place b m1"],
  ],
  [
    "a unit goes to the machine that its replacement has left",
    "m1 m2",
    ["r Replaces=v.service @m1", "v MachineID=m1"],
    ["r Replaces=v.service @m2", "v MachineID=m1"],
    ["place v m1"],
  ],
  [
    "a follower goes with an anchor that was held for losses and whose copy runs after all",
    "m1",
    ["a ~m1 l:m2 l:m3 l:m4", "b MachineOf=a.service"],
    ["a ~m1 +m1 l:m2 l:m3 l:m4", "b MachineOf=a.service"],
    ["place a m1", "place b m1"],
  ],
  [
    "a replacement takes over a place once the capacity is enough",
    "m1{z=a} m2",
    ["v @m1", "r Weight=1 Replaces=v.service MachineMetadata=z=a", "c Weight=1 @m1"],
    ["v @m1", "r Weight=1 Replaces=v.service MachineMetadata=z=a", "c Weight=1 inactive @m1"],
    ["unplace c m1", "move v m1>m2", "place r m1"],
  ],
  [
    "a replacement takes over a place once a unit that conflicts with it and lost its place to another is destroyed",
    "m1",
    ["b @m1", "c Replaces=b.service", "d Replaces=e.service", "e Conflicts=c.service @m1"],
    ["b @m1", "c Replaces=b.service", "d Replaces=e.service", "e destroyed @m1"],
    ["unplace b m1", "unplace e m1", "place c m1", "place d m1", "unplaceable b"],
  ],
  [
    "a replacement takes over a place once a unit that lost its place to another no longer conflicts with it",
    "m1",
    ["b @m1", "c Replaces=b.service", "d Replaces=e.service", "e Conflicts=c.service @m1"],
    ["b @m1", "c Replaces=b.service", "d Replaces=e.service", "e @m1"],
    ["unplace b m1", "unplace e m1", "place c m1", "place d m1", "unplaceable b", "unplaceable e"],
  ],
  [
    "a global unit is placed on a machine that has its metadata now",
    "m1{z=a} m2 -> m1{z=a} m2{z=a}",
    ["g Global=true MachineMetadata=z=a @m1"],
    ["g Global=true MachineMetadata=z=a @m1"],
    ["place g m2"],
  ],
  [
    "a unit that fails while a good copy runs goes to the copy",
    "m1 m2",
    ["a ~m1 +m1 @m2 +m2"],
    ["a ~m1 +m1 @m2 %m2"],
    ["move a m2>m1", "note a m2"],
  ],
  [
    "a global unit that must stop in one place stops in the others, too",
    "m1 m2",
    ["g Global=true @m1 @m2"],
    ["g Global=true ^m1 @m2"],
    ["update g m2"],
  ],
  [
    "a copy of a global unit whose assignment has lost the restart is restarted",
    "m1 m2",
    ["g Global=true restart @m1* +m1* @m2* +m2*"],
    ["g Global=true restart @m1* +m1* @m2 +m2*"],
    ["update g m2"],
  ],
  [
    "a unit goes to the machine that another unit leaves for its copy",
    "m1 m2{z=a}",
    ["c ~m1 +m1 @m2 +m2", "b Conflicts=c.service MachineMetadata=z=a"],
    ["c ~m1 +m1 @m2 %m2", "b Conflicts=c.service MachineMetadata=z=a"],
    ["move c m2>m1", "place b m2", "note c m2"],
  ],
  [
    "the reason of a refused unit names a global unit that another unit no longer keeps away",
    "m1",
    ["w @m1", "g Global=true Conflicts=w.service", "r Replaces=u.service @m1", "u Conflicts=g.service"],
    ["w inactive @m1", "g Global=true Conflicts=w.service", "r Replaces=u.service @m1", "u Conflicts=g.service"],
    ["unplace w m1", "place g m1", "unplaceable u"],
  ],
  [
    "a unit is placed after a change, although another unit with a copy needs no place now",
    "m1{z=b}",
    ["u ~m1 MachineMetadata=z=a", "w @m1", "b Conflicts=w.service"],
    ["u inactive ~m1 MachineMetadata=z=a", "w destroyed @m1", "b Conflicts=w.service"],
    ["unplace u m1", "unplace w m1", "place b m1"],
  ],
  [
    "a unit goes to the machine of a destroyed unit",
    "m1",
    ["w @m1", "b Conflicts=w.service"],
    ["w destroyed @m1", "b Conflicts=w.service"],
    ["unplace w m1", "place b m1"],
  ],
  [
    "a unit goes to the machine of a unit that no longer conflicts with it",
    "m1",
    ["w Conflicts=b.service @m1", "b"],
    ["w @m1", "b"],
    ["place b m1"],
  ],
  [
    "the reason of a refused unit names a unit that was assigned by hand",
    "m1",
    ["w @m1", "u ArriveIn=y", "b Conflicts=u.service,w.service"],
    ["w @m1", "u ArriveIn=y @m1", "b Conflicts=u.service,w.service"],
    ["unplaceable b"],
  ],
  [
    "the reason of a refused unit names a global unit that is placed before it",
    "m1",
    ["w Replaces=a.service @m1", "a Conflicts=*"],
    ["w Replaces=a.service @m1", "a Conflicts=*", "g Global=true"],
    ["place g m1", "unplaceable a"],
  ],
  [
    "a unit that leaves a lost machine does not keep failing there",
    "m1 m2 -> m1",
    ["c ~m1 +m1 @m2 %m2"],
    ["c ~m1 +m1 @m2 %m2"],
    ["move c m2>m1"],
  ],
  [
    "a unit that is placed later than before leaves the machine to another",
    "m1 m2",
    [
      ...["y @m2", "z @m2", "r MachineOf=z.service Replaces=p.service @m2", "d @m1", "e MachineOf=d.service @m1"],
      ...["p Conflicts=q.service @m1", "q MachineOf=e.service Conflicts=p.service @m1"],
    ],
    [
      ...["y @m2", "z MachineOf=y.service @m2", "r MachineOf=z.service Replaces=p.service @m2", "d @m1"],
      ...["e MachineOf=d.service @m1", "p Conflicts=q.service @m1", "q MachineOf=e.service Conflicts=p.service @m1"],
    ],
    ["unplace p m1", "unplaceable p"],
  ],
  [
    "a unit that no glob of Replaces= matches any more is placed",
    "m1",
    ["r Replaces=v* @m1", "v"],
    ["r @m1", "v"],
    ["place v m1"],
  ],
  [
    "the reason of a refused replacement changes when another unit is placed",
    "m1",
    ["b", "a Replaces=b.service Weight=2"],
    ["b @m1", "a Replaces=b.service Weight=2"],
    ["unplaceable a"],
  ],
  ["a unit that is up again does not go to its copy", "m1 m2", ["a ~m1 +m1 @m2 %m2"], ["a ~m1 +m1 @m2 +m2"], []],
];

for (const [about, machines, before, now, decided] of cases) {
  test(`after a change: ${about}`, () => {
    const [earlier = "", later = earlier] = machines.split(" -> ");
    const moment = { ...NO_TIME, rested: new Set(["f.service"]) };
    const rules = [...RULES, ...EXERCISE_RULES];
    const snapshot = cluster(later, ...now);
    const { scheduler, decisions } = decideAfter(cluster(earlier, ...before), snapshot, moment, rules);
    assert.deepEqual(decisions.map(brief), decided);
    assert.deepEqual(decisions, decide(snapshot, moment, rules), "a new scheduler decides the same");
    const anew = new Scheduler(rules);
    anew.decide(snapshot, moment);
    for (const unit of snapshot.units.keys()) assert.deepEqual(scheduler.explain(unit), anew.explain(unit));
  });
}

test("a unit moves once its machine is no longer awaited", () => {
  const now = cluster("m2", "a @m1");
  const before = { ...now, attendance: { ...EMPTY_ATTENDANCE, awaited: ["m1"] } };
  assert.deepEqual(decide(before).map(brief), []);
  assert.deepEqual(decideAfter(before, now).decisions.map(brief), ["move a m1>m2"]);
});

test("a loss is recorded once time shows that the machine was lost right after the start", () => {
  const snapshot = cluster("m2", "a MachineID=m1 @m1'");
  assert.deepEqual(decide(snapshot).map(brief), ["unplaceable a"]);
  const moment = { ...NO_TIME, lastStarts: new Map([["m1", { from: 900, to: 1_900 }]]) };
  assert.deepEqual(decideAfter(snapshot, snapshot, moment).decisions.map(brief), ["note a m1", "unplaceable a"]);
});
