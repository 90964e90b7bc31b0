import assert from "node:assert/strict";
import type { ManagedUnit, UnitControl, UnitManager } from "../port.ts";
import type { UnitKind, UnitManagerHarness } from "./harness.ts";

/** The context of the contract's suites: one systemd, a connection to it, and unit names that no other test uses. */
export class Bench {
  #harness: UnitManagerHarness | undefined;
  #manager: (UnitManager & UnitControl) | undefined;
  #units = 0;

  async open(open: () => Promise<UnitManagerHarness>): Promise<void> {
    this.#harness = await open();
    this.#manager = await this.#harness.connect();
  }

  get harness(): UnitManagerHarness {
    assert.ok(this.#harness, "the bench is open");
    return this.#harness;
  }

  get manager(): UnitManager & UnitControl {
    assert.ok(this.#manager, "the bench is open");
    return this.#manager;
  }

  /** Writes the file of a new unit, and returns its name. */
  async write(kind: UnitKind): Promise<string> {
    const name = `contract-${(this.#units += 1)}.service`;
    await this.manager.write(name, this.harness.unit(name, kind));
    return name;
  }

  /** Writes the files of a path unit and of the service that it starts, and returns both names. */
  async writePath(): Promise<{ readonly path: string; readonly service: string }> {
    const service = await this.write("running");
    const path = service.replace(".service", ".path");
    await this.manager.write(path, this.harness.pathText(path));
    return { path, service };
  }

  unit(name: string): ManagedUnit {
    const found = this.manager.list().get(name);
    assert.ok(found, `${name} is listed`);
    return found;
  }

  states(name: string): string {
    return `${this.unit(name).activeState}/${this.unit(name).subState}`;
  }
}
