import { untilAborted } from "@flotilla/runtime";
import { isAtRest } from "../active-state.ts";
import { ChangeFeed } from "../change-feed.ts";
import type { JobReach, JobResult, KillRequest, ManagedUnit, UnitControl, UnitManager } from "../port.ts";
import { HostUnitError, notOfCluster, UnitManagerUnavailableError } from "../unit-manager-error.ts";
import type { FakeSystemd } from "./fake-systemd.ts";
import type { FakeJob } from "./fake-job.ts";
import type { FakeUnit } from "./fake-unit.ts";

/**
 * A connection to a FakeSystemd, as the D-Bus adapter is a connection to a real systemd. While it is disconnected, it
 * lists the last states that it has seen; a reboot or `close` ends it. It learns a unit's load state only by asking,
 * and lists a unit without a file only until that unit has stopped.
 */
export class FakeUnitManager implements UnitManager, UnitControl {
  readonly #systemd: FakeSystemd;
  readonly #boot: number;
  readonly #units = new Map<string, ManagedUnit>();
  readonly #feed = new ChangeFeed();
  readonly #unlisten: () => void;
  #closed = false;
  /** Aborts when the bus is lost or the manager is closed; replaced at each reconnect. */
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
    // The files are on the disk, so they are listed even when systemd cannot be reached.
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

  /** Has no effect on other units: the fake knows only dependencies of starts. */
  stop(name: string, signal?: AbortSignal, _reach?: JobReach): Promise<JobResult> {
    return this.#job(name, "stop", signal);
  }

  restart(name: string, signal?: AbortSignal, _reach?: JobReach): Promise<JobResult> {
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

  /** Has nothing to do: a fake connection sees every change of a file at once. */
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
    if (!this.#units.has(name)) throw notOfCluster(name);
  }

  /** Runs `what` unless the bus is away; rejects when the bus is lost meanwhile. */
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

  /** Has systemd load all units, and lists their states. */
  #list(): void {
    const { files, leftovers } = this.#systemd;
    const names = new Set([...this.#units.keys(), ...files.keys(), ...leftovers]);
    for (const name of names) this.#refresh(name, this.#systemd.load(name));
    this.#feed.changed(this.#units.keys());
  }

  #isUp(name: string): boolean {
    const unit = this.#systemd.units.get(name);
    return unit !== undefined && !isAtRest(unit);
  }

  /** @param loadState the load state, if systemd was just asked for it. */
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

  /** @param unit the unit in systemd's memory, if a state has been seen. */
  #show(name: string, unit?: FakeUnit, loadState?: string): void {
    const known = this.#units.get(name);
    this.#units.set(name, {
      name,
      text: this.#systemd.files.get(name) ?? "",
      loadState: loadState ?? known?.loadState ?? "stub",
      ...stateOf(unit),
      job: unit?.job?.type ?? "",
      result: unit?.result ?? known?.result ?? "success",
      run: unit?.run ?? known?.run,
    });
  }
}

/** The state that the adapter lists: it does not list the failed state for a moment before a restart. */
function stateOf(unit: FakeUnit | undefined): Pick<ManagedUnit, "activeState" | "subState"> {
  // mutation: failure before restart
  if (unit?.pause) return { activeState: "activating", subState: "auto-restart" };
  return { activeState: unit?.activeState ?? "inactive", subState: unit?.subState ?? "dead" };
}

function unavailable(): UnitManagerUnavailableError {
  return new UnitManagerUnavailableError("The fake bus is away; try again once it is back.");
}
