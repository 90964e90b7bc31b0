import { openClient, type Client } from "@flotilla/api/client";
import type { Host } from "../lab/index.ts";

/** Returns a client of a host's API. It connects from outside, through the host's file system. */
export function clientOf(host: Host): Client {
  return openClient({ endpoints: [`unix:///proc/${host.leader}/root/run/fleet.sock`], requestTimeoutMs: 10_000 });
}

/** Follows the API's watch stream and waits for states of units. */
export class ClusterWatcher {
  readonly #stop = new AbortController();
  readonly #active = new Map<string, Map<string, boolean>>();
  #wake: () => void = () => {};
  #failure: Error | undefined;

  /** Resolves when the stream is open, so that no later event is missed. */
  static async open(client: Client): Promise<ClusterWatcher> {
    const watcher = new ClusterWatcher();
    const { items, revision } = await client.listStates();
    for (const { name, machineID, active } of items) watcher.#set(name, machineID, active === "active");
    const opened = Promise.withResolvers<void>();
    void watcher.#follow(client, revision + 1, opened.resolve).catch((error: Error) => {
      watcher.#failure = error;
      opened.reject(error);
      watcher.#wake();
    });
    await opened.promise;
    return watcher;
  }

  /** Resolves when every named unit is active on some machine other than `elsewhere`. */
  untilActive(
    names: readonly string[],
    options: { readonly elsewhere?: string; readonly timeoutMs?: number } = {},
  ): Promise<void> {
    const { elsewhere, timeoutMs = 60_000 } = options;
    const isActive = (name: string): boolean =>
      [...(this.#active.get(name) ?? [])].some(([machineID, active]) => active && machineID !== elsewhere);
    return this.#until(`${names.length} units to be active`, () => names.every(isActive), timeoutMs);
  }

  /** Resolves when none of the units is active on any machine. */
  untilInactive(names: readonly string[], timeoutMs = 60_000): Promise<void> {
    const isInactive = (name: string): boolean =>
      ![...(this.#active.get(name)?.values() ?? [])].some((active) => active);
    return this.#until(`${names.length} units to be inactive`, () => names.every(isInactive), timeoutMs);
  }

  /** Resolves when no machine reports any of the units. */
  untilGone(names: readonly string[], timeoutMs = 60_000): Promise<void> {
    return this.#until(
      `${names.length} units to be gone`,
      () => names.every((name) => !this.#active.has(name)),
      timeoutMs,
    );
  }

  close(): void {
    this.#stop.abort();
  }

  async #until(what: string, condition: () => boolean, timeoutMs: number): Promise<void> {
    const timeout = AbortSignal.timeout(timeoutMs);
    while (!condition()) {
      if (this.#failure !== undefined) throw this.#failure;
      if (timeout.aborted) throw new Error(`waited ${timeoutMs} ms for ${what}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timeout.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  async #follow(client: Client, from: number, opened: () => void): Promise<void> {
    for await (const event of client.watch({ from }, this.#stop.signal)) {
      opened();
      if (event.kind !== "state") continue;
      this.#set(event.unit, event.machineID, event.value && event.value.active === "active");
      this.#wake();
    }
  }

  #set(unit: string, machineID: string, active: boolean | undefined): void {
    const machines = this.#active.get(unit) ?? new Map<string, boolean>();
    if (active === undefined) machines.delete(machineID);
    else machines.set(machineID, active);
    if (machines.size === 0) this.#active.delete(unit);
    else this.#active.set(unit, machines);
  }
}
