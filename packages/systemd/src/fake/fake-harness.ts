import { ManualClock } from "@flotilla/runtime";
import type { UnitKind, UnitManagerHarness } from "../contract/index.ts";
import { unitText } from "../contract/unit-text.ts";
import type { FakeBehaviour } from "./fake-behaviour.ts";
import { FakeSystemd } from "./fake-systemd.ts";
import { FakeUnitManager } from "./fake-unit-manager.ts";

/** The fake as the contract drives it: time passes only while the test waits. */
export class FakeHarness implements UnitManagerHarness {
  readonly #clock = new ManualClock();
  readonly #systemd = new FakeSystemd({ clock: this.#clock });
  readonly #managers: FakeUnitManager[] = [];

  async connect(): Promise<FakeUnitManager> {
    const manager = new FakeUnitManager(this.#systemd);
    this.#managers.push(manager);
    return manager;
  }

  unit(name: string, kind: UnitKind): string {
    this.#systemd.behave(name, BEHAVIOURS[kind]);
    return unitText(kind);
  }

  async settle<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const done = (): void => void (state.settled = true);
    promise.then(done, done);
    await this.until("the promise to settle", () => state.settled);
    return await promise;
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    for (let step = 0; step < MAX_STEPS; step += 1) {
      await this.#clock.advance(0);
      if (condition()) return;
      await this.#clock.advance(1);
    }
    throw new Error(`waited in vain for ${what}`);
  }

  async stopByHand(name: string): Promise<void> {
    await this.settle(this.#systemd.admin("stop", name));
  }

  async startByHand(name: string): Promise<void> {
    const start = async (): Promise<void> => void (await this.#systemd.admin("start", name));
    await this.settle(start().catch(() => {}));
  }

  async addHostUnit(): Promise<string> {
    this.#systemd.addHostUnit("host-own.service");
    return "host-own.service";
  }

  pathText(): string {
    return "[Path]\nPathModified=/nonexistent\n";
  }

  async fire(name: string): Promise<void> {
    this.#systemd.fire(name);
  }

  async addTarget(): Promise<string> {
    return "contract-host.target";
  }

  async reloadByHand(): Promise<void> {
    this.#systemd.reload();
  }

  async startTarget(name: string): Promise<void> {
    this.#systemd.startTarget(name);
  }

  async isActive(name: string): Promise<boolean> {
    return this.#systemd.isActive(name);
  }

  async dropBus(): Promise<void> {
    this.#systemd.dropBus();
  }

  async restoreBus(): Promise<void> {
    this.#systemd.restoreBus();
  }

  async close(): Promise<void> {
    for (const manager of this.#managers) await manager.close();
  }
}

/** Longer than the pauses of the contract's units. */
const MAX_STEPS = 5_000;

const BEHAVIOURS: Readonly<Record<UnitKind, FakeBehaviour>> = {
  running: {},
  oneshot: {},
  installable: {},
  reloadable: {},
  restarting: { start: "failed" },
  lingering: {},
  failing: { start: "failed" },
  hanging: { start: "hang" },
  "bad-setting": { load: "bad-setting" },
};
