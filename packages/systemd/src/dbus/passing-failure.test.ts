import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger, systemClock } from "@flotilla/runtime";
import dbus, { type Message, type MessageBus } from "dbus-next";
import type { DbusUnitManager } from "./dbus-unit-manager.ts";
import { unitObjectPath } from "./session/object-path.ts";
import { openDbusUnitManager } from "./open.ts";
import { PrivateBus } from "../fixture/private-bus.ts";
import { refusalOf } from "../fixture/stand-in-systemd.ts";

const NAME = "flaky.service";
const FAILED = ["failed", "failed"] as const;
const WAITS = ["activating", "auto-restart"] as const;
type State = readonly [active: string, sub: string];

/** A systemd with one unit, in the state that the test says. */
class OneUnit {
  state: State = ["active", "running"];
  /** Runs once, before the next question for the unit's result is answered. */
  beforeResult: (() => void) | undefined;
  readonly #bus: MessageBus;
  #isOver = false;

  constructor(bus: MessageBus) {
    this.#bus = bus;
    bus.addMethodHandler((message: Message) => {
      if (this.#isOver) return true;
      const [signature, ...body] = this.#answer(message) ?? [];
      if (signature !== undefined) bus.send(dbus.Message.newMethodReturn(message, signature, body));
      else bus.send(refusalOf(message, "org.freedesktop.systemd1.NoSuchUnit", "It is not loaded."));
      return true;
    });
  }

  /** Tells of a state; what it answers is `state` alone. */
  tell([active, sub]: State): void {
    const changed = { ActiveState: new dbus.Variant("s", active), SubState: new dbus.Variant("s", sub) };
    const body = ["org.freedesktop.systemd1.Unit", changed, []];
    const [path, from] = [unitObjectPath(NAME), "org.freedesktop.DBus.Properties"];
    this.#bus.send(dbus.Message.newSignal(path, from, "PropertiesChanged", "sa{sv}as", body));
  }

  end(): void {
    this.#isOver = true;
    this.#bus.disconnect();
  }

  #answer({ member, body }: Message): [signature: string, ...body: unknown[]] | undefined {
    if (member === "GetUnit") return undefined;
    if (member === "ListUnitsByNames") {
      const names = body[0] as readonly string[];
      const row = [NAME, "", "loaded", ...this.state, "", unitObjectPath(NAME), 0, "", "/"];
      return ["a(ssssssouso)", names.includes(NAME) ? [row] : []];
    }
    if (member !== "Get") return [""];
    if (body[1] === "Result") {
      this.beforeResult?.();
      this.beforeResult = undefined;
    }
    return ["v", body[1] === "UnitPath" ? new dbus.Variant("as", []) : new dbus.Variant("s", "exit-code")];
  }
}

async function withUnit(work: (unit: OneUnit, manager: DbusUnitManager) => Promise<void>): Promise<void> {
  const bus = await PrivateBus.start();
  const directory = await mkdtemp(join(tmpdir(), "flotilla-failure-"));
  const systemd = dbus.sessionBus({ busAddress: bus.address });
  await systemd.requestName("org.freedesktop.systemd1", 0);
  const unit = new OneUnit(systemd);
  const [unitDir, linkDir] = [join(directory, "units"), join(directory, "links")];
  const manager = await openDbusUnitManager({
    ...{ bus: "system", address: bus.address, unitDir, linkDir },
    ...{ clock: systemClock, random: Math.random, log: silentLogger, callTimeoutMs: 5_000 },
  });
  try {
    await manager.write(NAME, "[Service]\nExecStart=/bin/false\nRestart=always\n");
    await manager.load(NAME);
    await work(unit, manager);
  } finally {
    await manager.close();
    unit.end();
    await bus.stop();
    await rm(directory, { recursive: true });
  }
}

/** The next state that is shown. */
function nextShown(manager: DbusUnitManager): Promise<State> {
  return new Promise((resolve) => {
    manager.onChange(() => {
      const { activeState, subState } = manager.list().get(NAME) ?? assert.fail();
      resolve([activeState, subState]);
    });
  });
}

test("a failure that systemd passes through on its way to a restart is never shown", () =>
  withUnit(async (unit, manager) => {
    const shown = nextShown(manager);
    unit.state = WAITS;
    unit.tell(FAILED);
    assert.deepEqual(await shown, WAITS);
  }));

test("a failure that lasts is shown", () =>
  withUnit(async (unit, manager) => {
    const shown = nextShown(manager);
    unit.state = FAILED;
    unit.tell(FAILED);
    assert.deepEqual(await shown, FAILED);
  }));

test(
  "a failure that lasts is shown, also when it comes while an earlier one is being confirmed",
  { timeout: 10_000 },
  () =>
    withUnit(async (unit, manager) => {
      const failed = Promise.withResolvers<void>();
      manager.onChange(() => manager.list().get(NAME)?.activeState === "failed" && failed.resolve());
      unit.state = WAITS;
      unit.beforeResult = () => {
        unit.state = FAILED;
        unit.tell(FAILED);
      };
      unit.tell(FAILED);
      await failed.promise;
    }),
);
