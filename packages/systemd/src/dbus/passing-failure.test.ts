import assert from "node:assert/strict";
import { test } from "node:test";
import dbus, { type Message } from "dbus-next";
import { type Answer, BusPeer } from "../fixture/bus-peer.ts";
import { openTestManager } from "../fixture/open-test-manager.ts";
import { PrivateBus } from "../fixture/private-bus.ts";
import type { DbusUnitManager } from "./dbus-unit-manager.ts";
import { unitObjectPath } from "./session/object-path.ts";

const NAME = "flaky.service";
const FAILED = ["failed", "failed"] as const;
const WAITS = ["activating", "auto-restart"] as const;
type State = readonly [active: string, sub: string];

/** The state of the only unit of a systemd. */
class OneUnit {
  #state: State = ["active", "running"];
  #peer: BusPeer | undefined;
  #beforeResult: (() => void) | undefined;

  async start(address: string): Promise<void> {
    this.#peer = await BusPeer.start(address, "org.freedesktop.systemd1", (message) => this.#answer(message));
  }

  /** Sets the state that systemd answers; sends no signal. */
  set(state: State): void {
    this.#state = state;
  }

  /** Runs `act` once, before systemd answers the next call for the unit's result. */
  onceBeforeResult(act: () => void): void {
    this.#beforeResult = act;
  }

  /** Sends a signal with a state, which need not be the one that systemd answers. */
  tell([active, sub]: State): void {
    const changed = { ActiveState: new dbus.Variant("s", active), SubState: new dbus.Variant("s", sub) };
    const body = ["org.freedesktop.systemd1.Unit", changed, []];
    const [path, from] = [unitObjectPath(NAME), "org.freedesktop.DBus.Properties"];
    this.#peer?.tell(path, from, "PropertiesChanged", "sa{sv}as", body);
  }

  stop(): void {
    this.#peer?.stop();
  }

  #answer({ member, body }: Message): Answer {
    const [first, second] = body as readonly unknown[];
    if (member === "GetUnit") return { error: "org.freedesktop.systemd1.NoSuchUnit", text: "It is not loaded." };
    if (member === "ListUnitsByNames") {
      const row = [NAME, "", "loaded", ...this.#state, "", unitObjectPath(NAME), 0, "", "/"];
      return ["a(ssssssouso)", (first as readonly string[]).includes(NAME) ? [row] : []];
    }
    if (member !== "Get") return [""];
    if (second === "Result") {
      const act = this.#beforeResult;
      this.#beforeResult = undefined;
      act?.();
    }
    return ["v", second === "UnitPath" ? new dbus.Variant("as", []) : new dbus.Variant("s", "exit-code")];
  }
}

async function withUnit(work: (unit: OneUnit, manager: DbusUnitManager) => Promise<void>): Promise<void> {
  const bus = await PrivateBus.start();
  const unit = new OneUnit();
  await unit.start(bus.address);
  const { manager, close } = await openTestManager(bus.address);
  try {
    await manager.write(NAME, "[Service]\nExecStart=/bin/false\nRestart=always\n");
    await manager.load(NAME);
    await work(unit, manager);
  } finally {
    await close();
    unit.stop();
    await bus.stop();
  }
}

/** The next state that is listed. */
function nextListed(manager: DbusUnitManager): Promise<State> {
  return new Promise((resolve) => {
    manager.onChange(() => {
      const { activeState, subState } = manager.list().get(NAME) ?? assert.fail();
      resolve([activeState, subState]);
    });
  });
}

test("a failure for a moment before a restart is never listed", () =>
  withUnit(async (unit, manager) => {
    const listed = nextListed(manager);
    unit.set(WAITS);
    unit.tell(FAILED);
    assert.deepEqual(await listed, WAITS);
  }));

test("a failure that lasts is listed", () =>
  withUnit(async (unit, manager) => {
    const listed = nextListed(manager);
    unit.set(FAILED);
    unit.tell(FAILED);
    assert.deepEqual(await listed, FAILED);
  }));

test(
  "a failure that lasts is listed when it comes during the confirmation of an earlier one",
  { timeout: 10_000 },
  () =>
    withUnit(async (unit, manager) => {
      const failed = Promise.withResolvers<void>();
      manager.onChange(() => manager.list().get(NAME)?.activeState === "failed" && failed.resolve());
      unit.set(WAITS);
      unit.onceBeforeResult(() => {
        unit.set(FAILED);
        unit.tell(FAILED);
      });
      unit.tell(FAILED);
      await failed.promise;
    }),
);
