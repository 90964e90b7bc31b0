import { untilAborted } from "@flotilla/runtime";
import type { Revision, Store } from "../port/index.ts";
import { StoreUnavailableError } from "../port/store-error.ts";
import type { MirrorCopy } from "./copy.ts";

export interface CatchUpOptions {
  readonly store: Store;
  readonly prefix: string;
  readonly copy: MirrorCopy;
  /** Called when the store is at a lower revision than the copy: the copy shows a store that no longer exists. */
  readonly onStoreBehind: (revision: Revision) => void;
}

/** How long a read waits for the watch before it asks the store whether the copy is current, milliseconds. */
const PROBE_AFTER_MS = 50;
/** The pause between probes grows up to this, milliseconds, so that probes never replace a watch that stays behind. */
const PROBE_AT_MOST_MS = 1_000;

/** Lets reads of a mirror wait until its copy shows earlier writes. */
export class CatchUp {
  readonly #options: CatchUpOptions;
  #nextRead: Promise<Revision> | undefined;
  #probing: Promise<void> | undefined;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Implements `Mirror.fresh`. */
  async fresh(signal: AbortSignal): Promise<void> {
    const { copy, onStoreBehind } = this.#options;
    for (;;) {
      const shown = copy.revision;
      const target = await this.#readRevision(signal);
      // mutation: read shows earlier writes
      if (target >= shown) return this.reach(target, signal);
      if (target < copy.revision) onStoreBehind(target);
      await copy.advancedWithin(PROBE_AT_MOST_MS, signal);
    }
  }

  /** Implements `Mirror.reach`. */
  async reach(target: Revision, signal: AbortSignal): Promise<void> {
    const { copy } = this.#options;
    const { replacements } = copy;
    let pause = PROBE_AFTER_MS;
    while (!copy.isReadable || copy.revision < target) {
      if (copy.replacements !== replacements) throw lostWrite(target);
      if (await copy.advancedWithin(pause, signal)) continue;
      if (copy.isReadable) await untilAborted([signal], () => this.#sharedProbe());
      pause = Math.min(pause * 2, PROBE_AT_MOST_MS);
    }
  }

  /**
   * The store's revision by a read that begins after this call. Calls that arrive during a read share the next read,
   * because the store may have answered the current read before they arrived.
   */
  #readRevision(signal: AbortSignal): Promise<Revision> {
    this.#nextRead ??= Promise.resolve().then(() => {
      this.#nextRead = undefined;
      return this.#options.store.revision();
    });
    const read = this.#nextRead;
    return untilAborted([signal], () => read);
  }

  /** All waiting reads share one probe at a time. */
  #sharedProbe(): Promise<void> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /**
   * Writes to keys outside of the prefix also raise the store's revision, and the watch does not report them. If no key
   * under the prefix was written since the copy's revision and none is missing, the copy is as new as the store.
   */
  async #probe(): Promise<void> {
    const { store, prefix, copy, onStoreBehind } = this.#options;
    const since = copy.revision;
    const page = await store.range({ prefix, changedSince: since, limit: 1 });
    if (page.revision < since) {
      if (page.revision < copy.revision) onStoreBehind(page.revision);
      return;
    }
    const isCurrent = copy.revision === since && page.entries.length === 0 && page.count === copy.entries.size;
    if (isCurrent && page.revision > since) copy.skipTo(page.revision);
  }
}

function lostWrite(revision: Revision): StoreUnavailableError {
  return new StoreUnavailableError(
    `the store has lost its data or was replaced, and with it the write at revision ${revision}`,
  );
}
