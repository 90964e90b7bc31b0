import type { MachineID, Mirror } from "@flotilla/model";
import { type Clock, type Logger, Nudge } from "@flotilla/runtime";
import { keyOf, Mirror as StoreMirror, type Store, type WatchEvent } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import { mirrorRecord } from "./mirror-records.ts";
import { decode } from "./records.ts";
import { MALFORMED, UNREADABLE, UnreadableKeys } from "./unreadable-keys.ts";

export interface OwnMirrorsOptions {
  readonly store: Store;
  readonly machineID: MachineID;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * The states of units elsewhere on which units of one machine depend. Watched only once a unit of the machine needs
 * another one: most machines never do.
 */
export class OwnMirrors {
  readonly #mirror: StoreMirror;
  readonly #garbage: UnreadableKeys;
  readonly #all = new Map<string, Mirror>();
  readonly #demanded = new Nudge();
  #isDemanded = false;

  constructor({ store, machineID, clock, random, log }: OwnMirrorsOptions) {
    this.#mirror = new StoreMirror({
      store,
      prefix: keys.mirrorsOf(machineID),
      witness: keys.identity,
      clock,
      random,
      log,
    });
    this.#garbage = new UnreadableKeys(log);
    this.#mirror.onChange(({ events }) => {
      for (const event of events) this.#take(event);
    });
  }

  /** By unit. An entry that cannot be read keeps its last readable value. */
  get all(): ReadonlyMap<string, Mirror> {
    return this.#all;
  }

  /** Begins to watch, if `run` runs. */
  demand(): void {
    if (this.#isDemanded) return;
    this.#isDemanded = true;
    this.#demanded.poke();
  }

  /** Resolves when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!this.#isDemanded && !signal.aborted) await this.#demanded.wait(signal).catch(() => {});
    if (!signal.aborted) await this.#mirror.run(signal);
  }

  /** Calls `listener` with the units whose mirrors have changed. Returns a function that removes the listener. */
  onChange(listener: (units: readonly string[]) => void): () => void {
    return this.#mirror.onChange(({ events }) => listener(events.flatMap((event) => unitOf(event) ?? [])));
  }

  #take(event: WatchEvent): void {
    const unit = unitOf(event);
    if (event.type === "delete") {
      this.#garbage.clear(event.key);
      if (unit !== undefined) this.#all.delete(unit);
      return;
    }
    const { key, value } = event.entry;
    if (unit === undefined) return this.#garbage.note(key, MALFORMED);
    const record = decode(mirrorRecord, value);
    if (!record) return this.#garbage.note(key, UNREADABLE);
    this.#garbage.clear(key);
    this.#all.set(unit, { unit, ...record });
  }
}

function unitOf(event: WatchEvent): string | undefined {
  const key = parseKey(keyOf(event));
  return key?.kind === "mirror" ? key.unit : undefined;
}
