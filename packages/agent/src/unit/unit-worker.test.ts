import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment } from "@flotilla/model";
import { type LogFields, type Logger, ManualClock, silentLogger, untilAborted } from "@flotilla/runtime";
import { HostUnitError, NameTakenError, UnitManagerRefusedError, UnitManagerUnavailableError } from "@flotilla/systemd";
import { TriggerRefusedError } from "./executor.ts";
import { ASSIGNED, UNIT } from "./situation.fixture.ts";
import type { Situation } from "./situation.ts";
import type { Task } from "./task.ts";
import { MissingFileError } from "./unit-texts.ts";
import { UnitWorker } from "./unit-worker.ts";

/** A worker whose tasks do as the test says. */
class Bench {
  readonly clock = new ManualClock();
  readonly done: string[] = [];
  assignment: Assignment | undefined = ASSIGNED;
  mayAct = true;
  idle = 0;
  readonly worker: UnitWorker;

  constructor(execute: (task: Task, signal: AbortSignal) => Promise<void>, log: Logger = silentLogger) {
    this.worker = new UnitWorker({
      unit: UNIT,
      situation: () => this.#situation(),
      execute: (task, signal) => {
        this.done.push(task.type);
        return execute(task, signal);
      },
      onFailure: () => {},
      onIdle: () => (this.idle += 1),
      clock: this.clock,
      random: () => 0.5,
      log,
    });
  }

  #situation(): Situation | undefined {
    if (!this.mayAct) return undefined;
    return { unit: UNIT, assignment: this.assignment, managed: undefined, file: undefined, launch: undefined };
  }
}

function forever(): Promise<never> {
  return new Promise(() => {});
}

test("worker: a unit that does not stay as the tasks make it is retried with pauses", async () => {
  const bench = new Bench(async () => {});
  bench.worker.check();
  await bench.clock.advance(1);
  const first = bench.done.length;
  assert.ok(first < 100, `${first} tasks`);
  assert.match(bench.worker.failure ?? "", /something else on this machine undoes/);
  await bench.clock.advance(60_000);
  assert.ok(bench.done.length < 20 * first);
  bench.worker.stop();
});

test("worker: a programming error becomes the unit's problem, and is logged with its stack", async () => {
  const lines: LogFields[] = [];
  const bench = new Bench(
    async () => {
      throw new TypeError("x is undefined");
    },
    { ...silentLogger, error: (_, fields = {}) => lines.push(fields) },
  );
  bench.worker.check();
  await bench.clock.advance(10_000);
  assert.equal(bench.worker.failure, "internal error (please report it): x is undefined");
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]?.["stack"]), /TypeError: x is undefined\n {4}at /);
  bench.worker.stop();
});

test("worker: a refused start is retried less often than systemd's start limit, and at once when the cause is fixed", async () => {
  const bench = new Bench(async () => {
    throw new TriggerRefusedError("its unit is not loaded");
  });
  bench.worker.check();
  await bench.clock.advance(14_000);
  assert.equal(bench.done.length, 1);
  assert.equal(bench.worker.trouble, "refused");
  await bench.clock.advance(2_000);
  assert.equal(bench.done.length, 2);
  bench.worker.retry((error) => error instanceof TriggerRefusedError);
  await bench.clock.advance(1);
  assert.equal(bench.done.length, 3);
  bench.worker.stop();
});

test("worker: an outage is no failure of the unit, so that other units still wait for it", async () => {
  const bench = new Bench(async () => {
    throw new UnitManagerUnavailableError("systemd is away");
  });
  bench.worker.check();
  await bench.clock.advance(1);
  assert.notEqual(bench.worker.failure, undefined);
  assert.equal(bench.worker.trouble, "none");
  bench.worker.stop();
});

test("worker: failures are retried with growing pauses, and at once after a change of the assignment", async () => {
  const bench = new Bench(async () => {
    throw new MissingFileError("it is broken");
  });
  bench.worker.check();
  await bench.clock.advance(120_000);
  const tries = bench.done.length;
  assert.ok(tries > 5 && tries < 30, `${tries} tries`);
  assert.equal(bench.worker.failure, "it is broken");
  bench.worker.reconsider();
  await bench.clock.advance(1);
  assert.equal(bench.done.length, tries);
  bench.assignment = { ...ASSIGNED, digest: "other" };
  bench.worker.reconsider();
  await bench.clock.advance(1);
  assert.equal(bench.done.length, tries + 1);
  bench.assignment = undefined;
  bench.worker.reconsider();
  await bench.clock.advance(1);
  assert.deepEqual([bench.worker.isWorking, bench.worker.failure, bench.idle], [false, undefined, 1]);
});

const FAULTS: readonly (readonly [Error, boolean])[] = [
  [Object.assign(new Error("no file"), { code: "ENOSPC" }), true],
  [Object.assign(new Error("no file"), { code: "EROFS" }), true],
  [Object.assign(new Error("no file"), { code: "EACCES" }), false],
  [new HostUnitError("web.service", "/etc/systemd/system"), true],
  [new NameTakenError("web.service", "other.service"), true],
  [new UnitManagerRefusedError("no", "org.example.Error"), false],
];

for (const [error, isMachineSpecific] of FAULTS) {
  const { code } = error as Error & { code: string };
  test(`worker: ${code} is ${isMachineSpecific ? "" : "not "}specific to the machine`, async () => {
    const bench = new Bench(() => Promise.reject(error));
    assert.equal(bench.worker.isMachineSpecific, false);
    bench.worker.check();
    await bench.clock.advance(1);
    assert.equal(bench.worker.isMachineSpecific, isMachineSpecific);
    bench.worker.stop();
  });
}

test("worker: while paused, no further task begins", async () => {
  const { promise: written, resolve: write } = Promise.withResolvers<void>();
  const bench = new Bench((task, signal) => (task.type === "write" ? written : untilAborted([signal], forever)));
  bench.worker.check();
  bench.mayAct = false;
  write();
  await bench.clock.advance(1);
  assert.deepEqual([bench.done, bench.worker.isWorking, bench.idle], [["write"], false, 1]);
  bench.mayAct = true;
  bench.worker.check();
  await bench.clock.advance(1);
  assert.deepEqual(bench.done.slice(0, 3), ["write", "write", "enable"]);
  bench.worker.stop();
});

test("worker: only an assignment with another goal ends the wait", async () => {
  const bench = new Bench((_, signal) => untilAborted([signal], forever));
  bench.worker.check();
  await bench.clock.advance(1);
  bench.assignment = { ...ASSIGNED, revision: 9 };
  bench.worker.reconsider();
  await bench.clock.advance(1);
  assert.deepEqual(bench.done, ["write"]);
  bench.assignment = undefined;
  bench.worker.reconsider();
  await bench.clock.advance(1);
  assert.deepEqual([bench.done, bench.worker.isWorking], [["write"], false]);
});

test("worker: a stopping unit does not wait for its start", async () => {
  const bench = new Bench((_, signal) => untilAborted([signal], forever));
  bench.worker.check();
  await bench.clock.advance(1);
  bench.assignment = { ...ASSIGNED, stopping: true };
  bench.worker.reconsider();
  await bench.clock.advance(1);
  assert.deepEqual([bench.done, bench.worker.isWorking], [["write"], false]);
});
