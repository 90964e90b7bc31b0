import { compareKeys } from "./key-order.ts";
import type { KeyValue, RangePage } from "../port/index.ts";

/** Entries in key order. */
export class SortedEntries {
  readonly #entries = new Map<string, KeyValue>();
  readonly #keys: string[] = [];

  constructor(entries: Iterable<KeyValue> = []) {
    for (const entry of entries) this.#entries.set(entry.key, entry);
    this.#keys = [...this.#entries.keys()].sort(compareKeys);
  }

  get(key: string): KeyValue | undefined {
    return this.#entries.get(key);
  }

  set(entry: KeyValue): void {
    if (!this.#entries.has(entry.key)) this.#keys.splice(this.#firstAtOrAfter(entry.key), 0, entry.key);
    this.#entries.set(entry.key, entry);
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#keys.splice(this.#firstAtOrAfter(key), 1);
  }

  /** Returns the keys in order. */
  keysWithPrefix(prefix: string): readonly string[] {
    return this.#keys.slice(...this.#bounds(prefix));
  }

  /** Returns up to `limit` entries whose keys follow `after`, and the number of all keys with the prefix. */
  page(prefix: string, after: string | undefined, limit: number): Omit<RangePage, "revision"> {
    const [start, end] = this.#bounds(prefix);
    const next = after === undefined ? 0 : this.#firstWhere((key) => compareKeys(key, after) > 0);
    const first = Math.min(Math.max(start, next), end);
    const keys = this.#keys.slice(first, Math.min(first + limit, end));
    return {
      entries: keys.flatMap((key) => this.#entries.get(key) ?? []),
      more: first + limit < end,
      count: end - start,
    };
  }

  entriesWithPrefix(prefix: string): KeyValue[] {
    return this.keysWithPrefix(prefix).flatMap((key) => this.#entries.get(key) ?? []);
  }

  /** Keys with the same prefix are adjacent: the index of the first one, and the index after the last one. */
  #bounds(prefix: string): readonly [start: number, end: number] {
    const start = this.#firstAtOrAfter(prefix);
    return [start, this.#firstWhere((key, index) => index >= start && !key.startsWith(prefix))];
  }

  #firstAtOrAfter(key: string): number {
    return this.#firstWhere((other) => compareKeys(other, key) >= 0);
  }

  /** Returns the least index at which `holds` is true. It must be true at every later index too. */
  #firstWhere(holds: (key: string, index: number) => boolean): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#keys[middle] ?? "", middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
