import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { UnitKind, UnitManagerHarness } from "../contract/index.ts";
import { unitText } from "../contract/unit-text.ts";
import { type DbusUnitManager, openDbusUnitManager } from "./index.ts";
import { SocketRelay } from "./socket-relay.ts";

const run = promisify(execFile);

/** Which systemd of the host to talk to. */
export interface LivePlace {
  readonly bus: "system" | "session";
  readonly runtimeDir?: string;
  /** Where an administrator puts unit files. */
  readonly hostUnits: string;
  /** systemd's own socket, to be spoken to by way of a relay in place of the bus. */
  readonly socket?: string;
}

export const SYSTEM: LivePlace = { bus: "system", hostUnits: "/etc/systemd/system" };

export const SYSTEM_ITSELF: LivePlace = { ...SYSTEM, socket: "/run/systemd/private" };

/** A real systemd of the host that this runs on, as root: for lab hosts only, since it stops the bus. */
export class LiveHarness implements UnitManagerHarness {
  readonly #managers: DbusUnitManager[] = [];
  readonly #place: LivePlace;
  readonly #relay: SocketRelay | undefined;

  constructor(place: LivePlace) {
    this.#place = place;
    this.#relay = place.socket === undefined ? undefined : new SocketRelay(place.socket);
  }

  async connect(callTimeoutMs = 10_000): Promise<DbusUnitManager> {
    const parts = { clock: systemClock, random: Math.random, log: silentLogger, callTimeoutMs };
    const { bus, runtimeDir } = this.#place;
    await this.#relay?.open();
    const manager = await openDbusUnitManager({
      bus,
      ...(runtimeDir === undefined ? {} : { runtimeDir }),
      ...(this.#relay ? { address: NOWHERE, socket: this.#relay.path } : { socket: "" }),
      ...parts,
    });
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
    await this.systemctl("stop", name);
  }

  async startByHand(name: string): Promise<void> {
    await this.systemctl("start", name).catch(() => {});
  }

  async addHostUnit(): Promise<string> {
    const name = `host-${randomUUID()}.service`;
    await mkdir(this.#place.hostUnits, { recursive: true });
    await writeFile(`${this.#place.hostUnits}/${name}`, unitText("running"));
    await this.systemctl("start", name);
    return name;
  }

  pathText(name: string): string {
    return `[Path]\nPathModified=${this.#touchedBy(name)}\n`;
  }

  async fire(name: string): Promise<void> {
    await writeFile(this.#touchedBy(name), "");
  }

  async addTarget(): Promise<string> {
    const name = `host-${randomUUID()}.target`;
    await writeFile(`${this.#place.hostUnits}/${name}`, "[Unit]\nDescription=A target of the contract's\n");
    await this.systemctl("start", name);
    return name;
  }

  async reloadByHand(): Promise<void> {
    await this.systemctl("daemon-reload");
  }

  async startTarget(name: string): Promise<void> {
    await this.systemctl("start", name);
  }

  #touchedBy(name: string): string {
    return join(tmpdir(), `flotilla-${name}`);
  }

  async isActive(name: string): Promise<boolean> {
    return (await this.systemctl("show", "-P", "ActiveState", name)).trim() === "active";
  }

  async dropBus(): Promise<void> {
    if (this.#relay) await this.#relay.close();
    else await this.systemctl("stop", "dbus.socket", "dbus.service");
  }

  async restoreBus(): Promise<void> {
    if (this.#relay) await this.#relay.open();
    else await this.systemctl("start", "dbus.socket", "dbus.service");
  }

  /** What an administrator would type; it reaches systemd by its private socket, with or without a bus. */
  async systemctl(...args: readonly string[]): Promise<string> {
    const { bus, runtimeDir } = this.#place;
    const env = runtimeDir === undefined ? {} : { XDG_RUNTIME_DIR: runtimeDir };
    const scope = bus === "session" ? ["--user"] : [];
    return (await run("systemctl", [...scope, ...args], { env: { ...process.env, ...env } })).stdout;
  }

  async close(): Promise<void> {
    for (const manager of this.#managers) await manager.close();
    await this.#relay?.close();
  }
}

const WAIT_MS = 20_000;

const NOWHERE = "unix:path=/nonexistent/bus";
