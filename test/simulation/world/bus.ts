import {
  type JobReach,
  type JobResult,
  type ManagedUnit,
  type UnitControl,
  type UnitManager,
  UnitManagerTimeoutError,
} from "@flotilla/systemd";
import type { FakeUnitManager } from "@flotilla/systemd/fake";
import type { Process } from "./process.ts";
import type { Standstill } from "./standstill.ts";
import type { Timeline } from "./timeline.ts";

/** A request of an agent that changes something in systemd. */
export interface Asked {
  readonly process: Process;
  readonly what: "write" | "start" | "stop" | "restart" | "remove";
  readonly unit: string;
}

export interface BusOptions {
  readonly process: Process;
  readonly manager: FakeUnitManager;
  /** systemd's standstill. */
  readonly hang: Standstill;
  readonly timeline: Timeline;
  /** Returns how long the next message from systemd takes, in milliseconds. */
  readonly lag: () => number;
  readonly onAsked: (asked: Asked) => void;
}

/** fleetd's limit for a call. */
const CALL_LIMIT_MS = 25_000;

/**
 * A process's connection to its host's systemd. Signals and answers arrive in order in one stream, but late, so the
 * process's view of its units may be slightly outdated.
 */
export class Bus implements UnitManager, Pick<UnitControl, "reloadUnit"> {
  readonly #options: BusOptions;
  readonly #listeners = new Set<(names: readonly string[]) => void>();
  readonly #known = new Map<string, ManagedUnit>();
  /** The last state of each unit that was sent. It may not have arrived yet. */
  readonly #sent = new Map<string, ManagedUnit>();
  #lastArrival = 0;

  constructor(options: BusOptions) {
    this.#options = options;
    const { manager, process } = options;
    for (const [name, unit] of manager.list()) this.#keep(name, unit);
    manager.onChange((names) => this.#send(names));
    process.onDeath(() => void manager.close());
  }

  get connected(): boolean {
    return this.#options.manager.connected;
  }

  list(): ReadonlyMap<string, ManagedUnit> {
    return this.#known;
  }

  write(name: string, text: string): Promise<void> {
    return this.#change("write", name, () => this.#options.manager.write(name, text));
  }

  needsReload(names: readonly string[]): Promise<boolean> {
    return this.#call(() => this.#options.manager.needsReload(names));
  }

  reload(): Promise<void> {
    return this.#call(() => this.#options.manager.reload());
  }

  enable(name: string): Promise<readonly string[]> {
    return this.#call(() => this.#options.manager.enable(name));
  }

  load(name: string): Promise<void> {
    return this.#call(() => this.#options.manager.load(name));
  }

  start(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#change("start", name, () => this.#options.manager.start(name, signal));
  }

  stop(name: string, signal?: AbortSignal, reach?: JobReach): Promise<JobResult> {
    return this.#change("stop", name, () => this.#options.manager.stop(name, signal, reach));
  }

  reloadUnit(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#call(() => this.#options.manager.reloadUnit(name, signal));
  }

  restart(name: string, signal?: AbortSignal, reach?: JobReach): Promise<JobResult> {
    return this.#change("restart", name, () => this.#options.manager.restart(name, signal, reach));
  }

  killLeftovers(name: string): Promise<number> {
    return this.#call(() => this.#options.manager.killLeftovers(name));
  }

  remove(name: string): Promise<boolean> {
    return this.#change("remove", name, () => this.#options.manager.remove(name));
  }

  inspect(mustEnd?: (name: string) => boolean): Promise<void> {
    return this.#call(() => this.#options.manager.inspect(mustEnd));
  }

  isMasked(name: string): boolean {
    return this.#options.manager.isMasked(name);
  }

  ping(): Promise<void> {
    return this.#call(() => this.#options.manager.ping());
  }

  onChange(listener: (names: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#options.manager.close();
  }

  #change<T>(what: Asked["what"], unit: string, work: () => Promise<T>): Promise<T> {
    const { process, onAsked } = this.#options;
    return this.#call(work, () => onAsked({ process, what, unit }));
  }

  async #call<T>(work: () => Promise<T>, onSent?: () => void): Promise<T> {
    const { process } = this.#options;
    await process.passage();
    try {
      onSent?.();
      return await this.#taken(work);
    } finally {
      await this.#answer();
      await process.passage();
    }
  }

  /** Makes a call. A systemd that hangs executes it when it resumes, even if nobody waits for the answer any more. */
  #taken<T>(work: () => Promise<T>): Promise<T> {
    const { hang, timeline } = this.#options;
    if (!hang.isOn) return work();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    hang.wake(() => void work().then(resolve, reject));
    timeline.after(CALL_LIMIT_MS, () => reject(new UnitManagerTimeoutError("systemd did not answer in time")));
    return promise;
  }

  /** Resolves when the answer arrives, after everything that systemd sent before it. */
  #answer(): Promise<void> {
    this.#send([]);
    return new Promise((resolve) => this.#arrive(resolve));
  }

  #send(names: readonly string[]): void {
    const list = this.#options.manager.list();
    const changed = this.#changed(list, names);
    if (changed.length === 0) return;
    const units = changed.map((name) => [name, list.get(name)] as const);
    for (const [name, unit] of units) {
      if (unit) this.#sent.set(name, unit);
      else this.#sent.delete(name);
    }
    this.#arrive(() => {
      for (const [name, unit] of units) this.#keep(name, unit);
      for (const listener of this.#listeners) listener(changed);
    });
  }

  /**
   * Returns the changed units. It makes no copy of the names, because every answer calls it and most bring no change.
   */
  #changed(list: ReadonlyMap<string, ManagedUnit>, names: readonly string[]): string[] {
    const changed: string[] = [];
    for (const [name, unit] of list) if (unit !== this.#sent.get(name) || names.includes(name)) changed.push(name);
    for (const name of this.#sent.keys()) if (!list.has(name)) changed.push(name);
    return changed;
  }

  #arrive(what: () => void): void {
    const { timeline, process, lag } = this.#options;
    const at = Math.max(this.#lastArrival, timeline.now + lag());
    this.#lastArrival = at;
    if (at === timeline.now) process.wake(what);
    else timeline.after(at - timeline.now, () => process.wake(what));
  }

  #keep(name: string, unit: ManagedUnit | undefined): void {
    if (unit) this.#known.set(name, unit);
    else this.#known.delete(name);
  }
}
