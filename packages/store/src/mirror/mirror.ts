import { setImmediate } from "node:timers/promises";
import {
  Backoff,
  type Clock,
  isOutage,
  isProgrammingError,
  type Logger,
  messageOf,
  RecoveryLimit,
  Turns,
  untilAborted,
} from "@flotilla/runtime";
import { Advance } from "./advance.ts";
import { differences, everything } from "./differences.ts";
import { MirrorAudience } from "./audience.ts";
import type { MirrorChange } from "./change.ts";
import { listAll } from "./listing.ts";
import { partsOfListing, partsOfNews } from "./parts.ts";
import { type KeyValue, type Revision, revisionOf, type Store } from "../port/index.ts";
import type { WatchBatch, WatchEvent, Witness } from "../port/index.ts";
import { beyond, writtenInVain } from "../port/replaced.ts";
import { CompactedError, StoreReplacedError } from "../port/store-error.ts";

export interface MirrorOptions {
  readonly store: Store;
  readonly prefix: string;
  /** A key that tells this store from any other; see `Witness`. Without it only a store that is behind is noticed. */
  readonly witness?: string;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
  /** Takes in what is long in parts, in turns with other work: for listeners that act only while the copy is `synced`. */
  readonly inParts?: boolean;
}

/** How long a read waits for the watch before it asks whether the copy is current after all, milliseconds. */
const PROBE_AFTER_MS = 50;
/** A watch that stays behind for long is asked about less and less often: probes are not to be its stand-in. */
const PROBE_AT_MOST_MS = 1_000;

/**
 * A copy in memory of every key under a prefix, kept current by a watch. What it shows is a state
 * that the store was in at `revision`; when the store is away it shows the last one known.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #entries = new Map<string, KeyValue>();
  readonly #audience = new MirrorAudience();
  readonly #advance: Advance;
  readonly #turns: Turns;
  #revision: Revision = 0;
  #synced = false;
  /** Some listing has been taken in, ever. */
  #listed = false;
  #away = false;
  /** Set from when the store is found to be another until the copy shows that one. */
  #isReplaced = false;
  /** How often it was. */
  #replacements = 0;
  #witness: Witness | undefined;
  /** Ends the watch that is under way. */
  #following = new AbortController();
  #nextRead: Promise<Revision> | undefined;
  #probing: Promise<void> | undefined;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#advance = new Advance(options.clock);
    this.#turns = new Turns(options.clock);
  }

  /** False until the first listing has been taken in, while one is in parts, and while a listener may have missed something. */
  get synced(): boolean {
    return this.#synced;
  }

  get revision(): Revision {
    return this.#revision;
  }

  get entries(): ReadonlyMap<string, KeyValue> {
    return this.#entries;
  }

  /** What the witness was at the last listing; undefined when there was none. */
  get witness(): string | undefined {
    return this.#witness?.value;
  }

  /** Calls back after each change has been taken in, in order. Returns what ends it. What it throws, it is told again. */
  onChange(listener: (change: MirrorChange) => void): () => void {
    return this.#audience.add(listener);
  }

  /**
   * Keeps the copy current until `signal` aborts, and resolves then. Trouble with the store is logged once and waited
   * out. When a listener throws, the store is listed again and every listener is told everything.
   * @throws an error in the program that keeps coming back (see RecoveryLimit).
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log, prefix } = this.#options;
    const backoff = new Backoff({ first: 100, most: 5_000, random });
    const recoveries = new RecoveryLimit({ clock, log });
    while (!signal.aborted) {
      try {
        await this.#list(signal);
        backoff.reset();
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isProgrammingError(error)) {
          // Nobody is answered from what may be wrong.
          this.#synced = false;
          recoveries.note("a change in the store could not be taken in; listing again", error, { prefix });
        } else this.#noteTrouble(error);
        await clock.sleep(backoff.next(), signal).catch(() => {});
      }
    }
  }

  #noteTrouble(error: unknown): void {
    const { log, prefix } = this.#options;
    if (error instanceof StoreReplacedError) {
      this.#isReplaced = true;
      log.warn("the store has lost its data or is another one; listing again", { prefix, error: messageOf(error) });
    } else if (error instanceof CompactedError) {
      log.info("the store has compacted what this copy had yet to see; listing again", { prefix });
    } else if (this.#audience.isInDoubt && !isOutage(error)) {
      log.warn("a change in the store could not be acted on; listing again", { prefix, error: messageOf(error) });
    } else if (!this.#away) {
      this.#away = true;
      log.warn("the store cannot be followed; what is known stays in use", { prefix, error: messageOf(error) });
    }
  }

  /**
   * Resolves once the copy shows everything that anyone had written before this call.
   * @throws StoreUnavailableError or StoreTimeoutError while the store is away; the signal's reason.
   */
  async fresh(signal: AbortSignal): Promise<void> {
    for (;;) {
      const shown = this.#revision;
      const target = await this.#readRevision(signal);
      // mutation: read shows earlier writes
      if (target >= shown) return this.reach(target, signal);
      this.#abandon(target);
      await this.#advance.within(PROBE_AT_MOST_MS, signal);
    }
  }

  /**
   * Resolves once the copy shows `target`, for a write whose revision is known.
   * @throws StoreUnavailableError when the store that was written to is replaced meanwhile; the signal's reason.
   */
  async reach(target: Revision, signal: AbortSignal): Promise<void> {
    let pause = PROBE_AFTER_MS;
    const replacements = this.#replacements;
    while (!this.#synced || this.#revision < target) {
      if (this.#replacements !== replacements) throw writtenInVain(target);
      const advanced = await this.#advance.within(pause, signal);
      if (advanced) continue;
      if (this.#synced) await untilAborted([signal], () => this.#sharedProbe());
      pause = Math.min(pause * 2, PROBE_AT_MOST_MS);
    }
  }

  /**
   * The store's revision by a read that begins after this call. Calls that come while one read is
   * under way share the next one: the one under way may have been answered before their time.
   */
  #readRevision(signal: AbortSignal): Promise<Revision> {
    this.#nextRead ??= Promise.resolve().then(() => {
      this.#nextRead = undefined;
      return this.#options.store.revision();
    });
    const read = this.#nextRead;
    return untilAborted([signal], () => read);
  }

  /** The store has said that it is not as far as this copy: the copy is of a store that is no more. */
  #abandon(revision: Revision): void {
    if (revision < this.#revision) this.#following.abort(beyond(this.#revision, revision));
  }

  /** All who wait share one probe at a time. */
  #sharedProbe(): Promise<void> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /**
   * The store's revision also moves by keys that are not under the prefix, of which the watch says
   * nothing: if no key here was written since, and none is missing, the copy is as new as that.
   */
  async #probe(): Promise<void> {
    const since = this.#revision;
    const { store, prefix } = this.#options;
    const page = await store.range({ prefix, changedSince: since, limit: 1 });
    if (page.revision < since) return this.#abandon(page.revision);
    const current = this.#revision === since && page.entries.length === 0 && page.count === this.#entries.size;
    if (!current || page.revision <= since) return;
    this.#revision = page.revision;
    this.#advance.wake();
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { entries: fresh, revision, witness } = await listAll(this.#options, signal);
    this.#back();
    const replaced = this.#isReplaced || (this.#listed && (revision < this.#revision || !this.#isKnown(witness)));
    if (replaced) this.#replacements += 1;
    // Until every listener has been told.
    this.#isReplaced = replaced;
    this.#witness = witness;
    const change = { events: this.#eventsOf(fresh, revision), revision, relisted: true, replaced };
    const parts = this.#options.inParts === true ? partsOfListing(change) : [change];
    if (parts.length > 1) await this.#shutReadersOut();
    for (const part of parts.slice(0, -1)) await this.#turns.run(() => this.#take(part), signal);
    this.#listed = true;
    this.#synced = true;
    this.#take(parts.at(-1) ?? change);
    this.#audience.settle();
    this.#isReplaced = false;
  }

  /** Until the last part of a listing; who has been let in and looks at once still sees a whole state. */
  async #shutReadersOut(): Promise<void> {
    this.#synced = false;
    await setImmediate();
  }

  #eventsOf(fresh: ReadonlyMap<string, KeyValue>, revision: Revision): WatchEvent[] {
    const { isInDoubt, doubtful } = this.#audience;
    if (!isInDoubt) return differences(this.#entries, fresh, revision);
    return everything([...this.#entries.keys(), ...doubtful], fresh, revision);
  }

  /** The witness may have been made since the last listing, but never goes. */
  #isKnown(witness: Witness | undefined): boolean {
    return this.#witness === undefined || this.#witness.value === witness?.value;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    this.#following = new AbortController();
    const request = {
      prefix: this.#options.prefix,
      from: this.#revision + 1,
      ...(this.#witness && { witness: this.#witness }),
    };
    for await (const batch of this.#options.store.watch(request, AbortSignal.any([signal, this.#following.signal]))) {
      const news = this.#unseen(batch);
      const parts = this.#options.inParts === true ? partsOfNews(news) : [news];
      for (const part of parts.slice(0, -1)) await this.#turns.run(() => this.#take(part), signal);
      this.#take(parts.at(-1) ?? news);
    }
  }

  /** A probe may have moved the copy past events that the watch has yet to bring: it knew of none, so there are none. */
  #unseen({ events, revision }: WatchBatch): MirrorChange {
    return {
      events: events.filter((event) => revisionOf(event) > this.#revision),
      revision,
      relisted: false,
      replaced: false,
    };
  }

  #take(change: MirrorChange): void {
    for (const event of change.events) {
      if (event.type === "put") this.#entries.set(event.entry.key, event.entry);
      else this.#entries.delete(event.key);
    }
    this.#revision = change.relisted ? change.revision : Math.max(this.#revision, change.revision);
    if (change.events.length > 0 || change.relisted) this.#tell(change);
    this.#advance.wake();
  }

  #tell(change: MirrorChange): void {
    try {
      this.#audience.tell(change);
    } catch (error) {
      this.#synced = false;
      throw error;
    }
  }

  #back(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#options.log.info("the store can be followed again", { prefix: this.#options.prefix });
  }
}
