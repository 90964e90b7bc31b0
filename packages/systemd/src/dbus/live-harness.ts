import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { UnitKind, UnitManagerHarness } from "../contract/index.ts";
import { unitText } from "../contract/unit-text.ts";
import { type DbusUnitManager, openDbusUnitManager } from "./index.ts";

const run = promisify(execFile);

/** The systemd of the host that this runs on, as root: for lab hosts only, since it stops the bus. */
export class LiveHarness implements UnitManagerHarness {
  readonly #managers: DbusUnitManager[] = [];

  async connect(callTimeoutMs = 10_000): Promise<DbusUnitManager> {
    const parts = { clock: systemClock, random: Math.random, log: silentLogger, callTimeoutMs };
    const manager = await openDbusUnitManager({ bus: "system", ...parts });
    this.#managers.push(manager);
    return manager;
  }

  unit(_name: string, kind: UnitKind): string {
    return unitText(kind);
  }

  async settle<T>(promise: Promise<T>): Promise<T> {
    const limit = new AbortController();
    const late = delay(WAIT_MS, undefined, { signal: limit.signal }).then(() => {
      throw new Error("the promise did not settle");
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      limit.abort();
      late.catch(() => {});
    }
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    for (const end = performance.now() + WAIT_MS; !condition(); await delay(5)) {
      if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    }
  }

  async stopByHand(name: string): Promise<void> {
    await systemctl("stop", name);
  }

  async addHostUnit(): Promise<string> {
    const name = `host-${randomUUID()}.service`;
    await writeFile(`/etc/systemd/system/${name}`, unitText("running"));
    await systemctl("start", name);
    return name;
  }

  async isActive(name: string): Promise<boolean> {
    return (await systemctl("show", "-P", "ActiveState", name)).trim() === "active";
  }

  async dropBus(): Promise<void> {
    await systemctl("stop", "dbus.socket", "dbus.service");
  }

  async restoreBus(): Promise<void> {
    await systemctl("start", "dbus.socket", "dbus.service");
  }

  async close(): Promise<void> {
    for (const manager of this.#managers) await manager.close();
  }
}

const WAIT_MS = 20_000;

/** What an administrator would type; it reaches systemd by its private socket, with or without a bus. */
export async function systemctl(...args: readonly string[]): Promise<string> {
  return (await run("systemctl", [...args])).stdout;
}
