import { untilAborted } from "@flotilla/runtime";
import { ChangeFeed } from "../change-feed.ts";
import type { JobResult, KillRequest, ManagedUnit, UnitControl, UnitManager } from "../port.ts";
import {
  HostUnitError,
  NO_SUCH_UNIT,
  UnitManagerRefusedError,
  UnitManagerUnavailableError,
} from "../unit-manager-error.ts";
import type { FakeSystemd } from "./fake-systemd.ts";
import type { FakeJob } from "./fake-job.ts";
import type { FakeUnit } from "./fake-unit.ts";

/**
 * A connection to a FakeSystemd, as the D-Bus adapter is one to a real one: while the bus is away it
 * shows what it last knew, and a reboot or `close` ends it for good. How a unit was loaded it learns only when it asks;
 * of a unit without a file it knows only until that has stopped.
 */
export class FakeUnitManager implements UnitManager, UnitControl {
  readonly #systemd: FakeSystemd;
  readonly #boot: number;
  readonly #units = new Map<string, ManagedUnit>();
  readonly #feed = new ChangeFeed();
  readonly #unlisten: () => void;
  #closed = false;
  /** Aborts when the bus is lost or the manager is closed; a new one for each connection. */
  #connection = new AbortController();

  constructor(systemd: FakeSystemd) {
    this.#systemd = systemd;
    this.#boot = systemd.boot;
    this.#unlisten = systemd.listen((event) => {
      if (event.type === "bus") this.#busChanged();
      else if (!this.connected) return;
      else if (event.type === "changed") this.#refresh(event.name);
      else this.#list();
    });
    // The files are read from the disk, whether systemd can be reached or not.
    for (const name of systemd.files.keys()) this.#show(name);
    this.#busChanged();
  }

  get connected(): boolean {
    return !this.#closed && this.#systemd.busUp && this.#systemd.boot === this.#boot;
  }

  list(): ReadonlyMap<string, ManagedUnit> {
    return this.#units;
  }

  async write(name: string, text: string, signal?: AbortSignal): Promise<void> {
    await this.#call(() => {
      if (!this.#units.has(name) && this.#isUp(name)) throw new HostUnitError(name, "loaded in systemd");
      this.#systemd.write(name, text);
    }, signal);
  }

  async needsReload(names: readonly string[], signal?: AbortSignal): Promise<boolean> {
    return await this.#call(() => names.some((name) => this.#systemd.needsReload(name)), signal);
  }

  async reload(signal?: AbortSignal): Promise<void> {
    await this.#call(() => this.#systemd.reload(), signal);
  }

  async enable(name: string, signal?: AbortSignal): Promise<readonly string[]> {
    await this.#call(() => this.#systemd.enable(name), signal);
    return [];
  }

  async load(name: string, signal?: AbortSignal): Promise<void> {
    await this.#call(() => this.#refresh(name, this.#systemd.load(name)), signal);
  }

  start(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job(name, "start", signal);
  }

  stop(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job(name, "stop", signal);
  }

  restart(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job(name, "restart", signal);
  }

  reloadUnit(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#job(name, "reload", signal);
  }

  async kill(name: string, request: KillRequest, signal?: AbortSignal): Promise<void> {
    await this.#call(() => {
      this.#refuseOthers(name);
      this.#systemd.kill(name, request.signal);
    }, signal);
  }

  async resetFailed(name: string, signal?: AbortSignal): Promise<void> {
    await this.#call(() => {
      this.#refuseOthers(name);
      this.#systemd.resetFailed(name);
    }, signal);
  }

  async killLeftovers(name: string, signal?: AbortSignal): Promise<number> {
    return await this.#call(() => (this.#units.has(name) ? this.#systemd.killLeftovers(name) : 0), signal);
  }

  async remove(name: string, signal?: AbortSignal): Promise<boolean> {
    return await this.#call(() => this.#systemd.remove(name), signal);
  }

  /** A connection sees at once what is done to the files. */
  async inspect(_mustEnd?: (name: string) => boolean): Promise<void> {
    await this.#call(() => {});
  }

  isMasked(name: string): boolean {
    return this.#systemd.isMasked(name);
  }

  /** Resolves when systemd answers. */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.#call(() => {}, signal);
  }

  onChange(listener: (names: readonly string[]) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unlisten();
    this.#connection.abort(unavailable());
  }

  #job(name: string, type: FakeJob["type"], signal?: AbortSignal): Promise<JobResult> {
    const run = (): Promise<JobResult> => {
      this.#refuseOthers(name);
      try {
        const ended = this.#systemd.job(name, type);
        if (type !== "stop") this.#refresh(name, "loaded");
        return ended;
      } catch (error) {
        this.#refresh(name, this.#systemd.load(name));
        throw error;
      }
    };
    return this.#call(run, signal);
  }

  #refuseOthers(name: string): void {
    if (this.#units.has(name)) return;
    throw new UnitManagerRefusedError(`Unit ${name} is not one of the cluster's on this machine.`, NO_SUCH_UNIT);
  }

  /** Does `what` unless the bus is away, and waits for its end or for the loss of the bus. */
  async #call<T>(what: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (!this.connected) throw unavailable();
    return await untilAborted([this.#connection.signal, signal], async () => what());
  }

  #busChanged(): void {
    if (!this.connected) {
      this.#connection.abort(unavailable());
      return;
    }
    this.#connection = new AbortController();
    this.#list();
  }

  /** Has systemd load all units, and takes in what it says of them. */
  #list(): void {
    const { files, leftovers } = this.#systemd;
    const names = new Set([...this.#units.keys(), ...files.keys(), ...leftovers]);
    for (const name of names) this.#refresh(name, this.#systemd.load(name));
    this.#feed.changed(this.#units.keys());
  }

  #isUp(name: string): boolean {
    const unit = this.#systemd.units.get(name);
    return unit !== undefined && unit.activeState !== "inactive" && unit.activeState !== "failed";
  }

  /** @param loadState what systemd has just said of how it has loaded the unit. */
  #refresh(name: string, loadState?: string): void {
    const text = this.#systemd.files.get(name);
    const known = this.#units.get(name);
    const isLeft = this.#systemd.leftovers.has(name);
    if (!known && text === undefined && !isLeft) return;
    this.#feed.changed([name]);
    if (this.#systemd.isHostUnit(name) || (text === undefined && !isLeft && !this.#isUp(name))) {
      this.#units.delete(name);
      return;
    }
    this.#show(name, this.#systemd.units.get(name), loadState);
  }

  /** @param unit as systemd has it; without, nothing has been heard of it. */
  #show(name: string, unit?: FakeUnit, loadState?: string): void {
    const known = this.#units.get(name);
    this.#units.set(name, {
      name,
      text: this.#systemd.files.get(name) ?? "",
      loadState: loadState ?? known?.loadState ?? "stub",
      ...stateOf(unit),
      job: unit?.job?.type ?? "",
      result: unit?.result ?? known?.result ?? "success",
    });
  }
}

/** A failure that systemd passes through on its way to a restart is not shown: the adapter asks whether it lasts. */
function stateOf(unit: FakeUnit | undefined): Pick<ManagedUnit, "activeState" | "subState"> {
  // mutation: failure before restart
  if (unit?.pause) return { activeState: "activating", subState: "auto-restart" };
  return { activeState: unit?.activeState ?? "inactive", subState: unit?.subState ?? "dead" };
}

function unavailable(): UnitManagerUnavailableError {
  return new UnitManagerUnavailableError("The bus is away (the fake's test said so); try again once it is back.");
}
