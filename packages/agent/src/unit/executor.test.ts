import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock, silentLogger } from "@flotilla/runtime";
import { FakeSystemd, FakeUnitManager } from "@flotilla/systemd/fake";
import { Executor } from "./executor.ts";
import { MemoryLaunchRecords } from "../launch/memory-launch-records.ts";
import { UnitTexts } from "./unit-texts.ts";

const UNIT = "a.service";

/** A connection whose answer to `load` comes after something else has happened. */
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

test("executor: a launch record that goes while systemd loads the file stays gone", async () => {
  const systemd = new FakeSystemd({ clock: new ManualClock() });
  const launches = new MemoryLaunchRecords();
  const manager = new Late(systemd, () => launches.delete(UNIT));
  const texts = new UnitTexts({ text: () => Promise.resolve("[Service]") });
  const asked = { onRecord: () => {}, isShut: () => false, refusalOf: () => "" };
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
