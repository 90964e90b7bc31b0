import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { Executor, GuardBlockedError } from "./executor.ts";
import { MemoryLaunchRecords } from "../launch/memory-launch-records.ts";
import { MemorySecretCopies } from "../secrets/memory-secret-copies.ts";
import { SecretKeeper } from "../secrets/secret-keeper.ts";
import { UnitTexts } from "./unit-texts.ts";

const UNIT = "a.service";
const NO_SECRETS = new SecretKeeper({ source: undefined, copies: new MemorySecretCopies(), log: silentLogger });
const LAUNCHED: LaunchRecord = { since: 7, digest: "new", hash: "h", phase: "launched", restart: 0, problem: "" };

/** A connection on which something else happens before the answer to `load`. */
class Late extends FakeUnitManager {
  readonly #meanwhile: () => void;

  constructor(systemd: FakeSystemd, meanwhile: () => void) {
    super(systemd);
    this.#meanwhile = meanwhile;
  }

  override async load(name: string): Promise<void> {
    await super.load(name);
    this.#meanwhile();
  }
}

test("executor: a launch record that is deleted while systemd loads the file stays deleted", async () => {
  const systemd = new FakeSystemd({ clock: new ManualClock() });
  const launches = new MemoryLaunchRecords();
  const manager = new Late(systemd, () => launches.delete(UNIT));
  const texts = new UnitTexts({ text: () => Promise.resolve("[Service]") });
  const asked = {
    secrets: NO_SECRETS,
    onRecord: () => {},
    isBlocked: () => false,
    refusalOf: () => "",
    mayStopFor: () => false,
    onStopFor: () => {},
  };
  const executor = new Executor({ manager, texts, launches, log: silentLogger, ...asked });
  await manager.write(UNIT, "[Service]");
  launches.put(UNIT, { since: 7, digest: "old", hash: "h", phase: "launched", restart: 0, problem: "" });
  const task = { type: "load", unit: UNIT, reason: "", digest: "new", since: 7, restart: 0 } as const;
  await executor.execute(task, new AbortController().signal);
  assert.deepEqual(launches.all.get(UNIT), {
    since: 7,
    digest: "new",
    hash: "",
    phase: "loaded",
    restart: 0,
    problem: "",
  });
});

interface Attempt {
  readonly error: unknown;
  readonly record: LaunchRecord | undefined;
}

type Deed = (systemd: FakeSystemd) => unknown;

/** The outcome of a start whose answer the daemon reads after the guard's deadline, as after a sleep of the host. */
async function startBeforeSleep(before: Deed, meanwhile: Deed = () => {}): Promise<Attempt> {
  const clock = new ManualClock();
  const systemd = new FakeSystemd({ clock, startMs: 1_000 });
  const launches = new MemoryLaunchRecords();
  const manager = new FakeUnitManager(systemd);
  const texts = new UnitTexts({ text: () => Promise.resolve("[Service]") });
  const asked = {
    secrets: NO_SECRETS,
    onRecord: () => {},
    isBlocked: () => true,
    refusalOf: () => "",
    mayStopFor: () => false,
    onStopFor: () => {},
  };
  const executor = new Executor({ manager, texts, launches, log: silentLogger, ...asked });
  await manager.write(UNIT, "[Service]");
  before(systemd);
  const task = { type: "start", unit: UNIT, reason: "", record: LAUNCHED } as const;
  const started = executor.execute(task, new AbortController().signal).catch((error: unknown) => error);
  await clock.advance(500);
  meanwhile(systemd);
  await clock.advance(500);
  return { error: await started, record: launches.all.get(UNIT) };
}

for (const start of ["failed", "timeout"] as const) {
  test(`executor: a start that has ended as "${start}" counts as done, even if the guard's deadline has passed since`, async () => {
    const { error, record } = await startBeforeSleep((systemd) => systemd.behave(UNIT, { start }));
    assert.equal(error, undefined);
    assert.equal(record?.phase, "launched");
    assert.notEqual(record.problem, "");
  });
}

const byTheGuard: readonly (readonly [what: string, before: Deed, meanwhile?: Deed])[] = [
  ["has systemd refuse", (systemd) => systemd.assertStarts(() => false)],
  ["has systemd refuse to a unit that it requires", (systemd) => systemd.behave(UNIT, { start: "dependency" })],
  ["stops halfway", () => {}, (systemd) => systemd.admin("stop", UNIT)],
];

for (const [what, before, meanwhile] of byTheGuard) {
  test(`executor: a start that the guard ${what} is repeated`, async () => {
    const { error, record } = await startBeforeSleep(before, meanwhile);
    assert.ok(error instanceof GuardBlockedError);
    assert.equal(record?.phase, "starting");
  });
}
