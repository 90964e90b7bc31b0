import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment } from "@flotilla/model";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";
import fc from "fast-check";
import { Executor } from "./unit/executor.ts";
import { COMMENTED, CHANGED, ONESHOT, SERVICE, WEB } from "./lab.fixture.ts";
import type { LaunchRecord } from "./launch/launch-record.ts";
import { MemoryLaunchRecords } from "./launch/memory-launch-records.ts";
import { MemorySecretCopies } from "./secrets/memory-secret-copies.ts";
import { SecretKeeper } from "./secrets/secret-keeper.ts";
import { observe } from "./unit/observe.ts";
import { tasksFor } from "./unit/tasks-for.ts";
import { fileInPlace, type FileInPlace, type Situation } from "./unit/situation.ts";
import type { Task } from "./unit/task.ts";
import { UnitTexts } from "./unit/unit-texts.ts";

const TEXTS = [SERVICE, COMMENTED, CHANGED, ONESHOT];
/** A unit that needs more passes does not converge. */
const MOST_PASSES = 5;

const texts = fc.constantFrom(...TEXTS);
const files = texts.map((text): FileInPlace & { text: string } => ({ text, ...factsOf(text) }));
const sinces = fc.constantFrom(1, 2);

const assignments: fc.Arbitrary<Assignment | undefined> = fc
  .option(
    fc.record({
      file: files,
      desired: fc.constantFrom("loaded" as const, "launched" as const),
      restart: fc.constantFrom(0, 3),
      leaving: fc.boolean(),
      stopping: fc.boolean(),
      since: sinces,
    }),
    { nil: undefined },
  )
  .map(
    (drawn) =>
      drawn && {
        unit: WEB,
        machineID: "m1",
        digest: drawn.file.digest,
        hash: drawn.file.hash,
        desired: drawn.desired,
        restart: drawn.restart,
        secrets: 0,
        leaving: drawn.leaving,
        exclusive: false,
        stopping: drawn.stopping && !drawn.leaving,
        askedAt: 0,
        since: drawn.since,
        revision: 9,
      },
  );

const records: fc.Arbitrary<LaunchRecord | undefined> = fc
  .option(
    fc.record({
      since: sinces,
      file: files,
      phase: fc.constantFrom(
        "loaded" as const,
        "starting" as const,
        "restarting" as const,
        "replacing" as const,
        "launched" as const,
        "stopping" as const,
      ),
      restart: fc.constantFrom(0, 3),
      problem: fc.constantFrom("", "it broke"),
    }),
    { nil: undefined },
  )
  .map(
    (drawn) =>
      drawn && {
        since: drawn.since,
        digest: drawn.file.digest,
        hash: drawn.file.hash,
        phase: drawn.phase,
        restart: drawn.restart,
        problem: drawn.problem,
      },
  );

/** What systemd may have done before the daemon started. */
const histories = fc.array(
  fc.oneof(
    texts.map((text) => ({ act: "write" as const, text })),
    fc.constantFrom(
      { act: "start" as const },
      { act: "fail" as const },
      { act: "start-slowly" as const },
      { act: "stop" as const },
      { act: "reload" as const },
      { act: "remove" as const },
    ),
  ),
  { maxLength: 6 },
);

type Act = typeof histories extends fc.Arbitrary<(infer A)[]> ? A : never;

test("from any state, the tasks make a unit match its assignment, and a second pass has no tasks", async () => {
  await fc.assert(
    fc.asyncProperty(assignments, records, histories, async (assignment, record, history) => {
      const machine = new Machine();
      for (const act of history) await machine.live(act);
      if (record) machine.launches.put(WEB, record);
      const before = machine.systemd.files.get(WEB);
      const wasActive = machine.systemd.isActive(WEB);
      await machine.converge(assignment);
      assertConverged(machine, assignment);
      // The tasks trust a record that has the file's digest: systemd knows the file.
      if (assignment && !assignment.leaving && record?.digest !== assignment.digest)
        assert.ok(!machine.systemd.needsReload(WEB));
      if (assignment?.leaving)
        assert.deepEqual([machine.systemd.files.get(WEB), machine.systemd.isActive(WEB)], [before, wasActive]);
    }),
    { numRuns: 300 },
  );
});

function assertConverged({ systemd, launches }: Machine, assignment: Assignment | undefined): void {
  const known = launches.all.get(WEB);
  if (!assignment || assignment.stopping) {
    assert.deepEqual([systemd.files.size, systemd.isActive(WEB), known], [0, false, undefined]);
  } else if (!assignment.leaving) {
    assert.equal(factsOf(systemd.files.get(WEB) ?? "").digest, assignment.digest);
    assert.equal(known?.digest, assignment.digest);
    assert.equal(known.phase, assignment.desired);
    if (assignment.desired === "launched")
      assert.deepEqual([known.since, known.hash], [assignment.since, assignment.hash]);
  }
}

function factsOf(text: string): FileInPlace {
  return fileInPlace("web.service", text) ?? { digest: "", hash: "" };
}

class Machine {
  readonly clock = new ManualClock();
  readonly systemd = new FakeSystemd({ clock: this.clock });
  readonly manager = new FakeUnitManager(this.systemd);
  readonly launches = new MemoryLaunchRecords();
  readonly #executor = new Executor({
    manager: this.manager,
    launches: this.launches,
    texts: new UnitTexts({ text: async (digest) => TEXTS.find((text) => factsOf(text).digest === digest) }),
    secrets: new SecretKeeper({ source: undefined, copies: new MemorySecretCopies(), log: silentLogger }),
    log: silentLogger,
    onRecord: () => {},
    isBlocked: () => false,
    refusalOf: () => "",
    mayStopFor: () => false,
    onStopFor: () => {},
  });

  async live(step: Act): Promise<void> {
    if (step.act === "write") this.systemd.write(WEB, step.text);
    else if (step.act === "reload") this.systemd.reload();
    else if (step.act === "remove") void this.systemd.remove(WEB);
    else await this.#job(step.act);
  }

  async #job(act: "start" | "fail" | "start-slowly" | "stop"): Promise<void> {
    this.systemd.behave(WEB, act === "fail" ? { start: "failed" } : act === "start-slowly" ? { startMs: 1_500 } : {});
    if (this.systemd.files.has(WEB)) void this.systemd.job(WEB, act === "stop" ? "stop" : "start").catch(() => {});
    await this.clock.advance(1_000);
    this.systemd.behave(WEB, {});
  }

  async converge(assignment: Assignment | undefined): Promise<void> {
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      const situation = this.#situation(assignment);
      const tasks = tasksFor(situation);
      // A job of an earlier start is awaited, unless the unit is leaving.
      const isAtRest = assignment?.leaving === true || (situation.managed?.job ?? "") === "";
      if (tasks.length === 0 && isAtRest) return;
      if (tasks.length === 0) await this.clock.advance(1_000);
      for (const task of tasks) await this.#execute(task);
    }
    assert.fail("the unit does not converge");
  }

  async #execute(task: Task): Promise<void> {
    let done = false;
    const executed = this.#executor.execute(task, new AbortController().signal).finally(() => (done = true));
    for (let step = 0; step < 50 && !done; step += 1) await this.clock.advance(100);
    assert.ok(done, `${task.type} does not end`);
    await executed;
  }

  #situation(assignment: Assignment | undefined): Situation {
    const managed = this.manager.list().get(WEB);
    const launch = this.launches.all.get(WEB);
    if (launch && managed)
      this.launches.put(WEB, observe(launch, managed, { isAwaited: false, isMasked: () => false }));
    return {
      unit: WEB,
      assignment,
      managed,
      file: fileInPlace("web.service", managed?.text ?? ""),
      launch: this.launches.all.get(WEB),
    };
  }
}
