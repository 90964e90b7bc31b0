import type { Clock } from "@flotilla/runtime";
import type { KeyValue, Revision } from "../port/index.ts";
import { Advance } from "./advance.ts";
import type { MirrorChange } from "./change.ts";

/** The keys under a mirror's prefix as the store had them at `revision`. Readers can wait until it advances. */
export class MirrorCopy {
  readonly #entries = new Map<string, KeyValue>();
  readonly #advance: Advance;
  #revision: Revision = 0;
  #isReadable = false;
  #replacements = 0;

  constructor(clock: Clock) {
    this.#advance = new Advance(clock);
  }

  get entries(): ReadonlyMap<string, KeyValue> {
    return this.#entries;
  }

  get revision(): Revision {
    return this.#revision;
  }

  /** False while the copy shows no state that the store was in, or a listener may have missed a change. */
  get isReadable(): boolean {
    return this.#isReadable;
  }

  /** How many times the copy has changed over to another store. */
  get replacements(): number {
    return this.#replacements;
  }

  apply({ events, revision, relisted }: MirrorChange): void {
    for (const event of events) {
      if (event.type === "put") this.#entries.set(event.entry.key, event.entry);
      else this.#entries.delete(event.key);
    }
    this.#revision = relisted ? revision : Math.max(this.#revision, revision);
  }

  /** Records that no key under the prefix has changed up to `revision`. */
  skipTo(revision: Revision): void {
    this.#revision = revision;
    this.wakeReaders();
  }

  admitReaders(): void {
    this.#isReadable = true;
  }

  refuseReaders(): void {
    this.#isReadable = false;
  }

  countReplacement(): void {
    this.#replacements += 1;
  }

  wakeReaders(): void {
    this.#advance.wake();
  }

  /** Resolves to true when the copy advances, to false after `ms` milliseconds. @throws the signal's reason. */
  advancedWithin(ms: number, signal: AbortSignal): Promise<boolean> {
    return this.#advance.within(ms, signal);
  }
}
