import { LentMap } from "./lent-map.ts";

/** A map of maps without empty inner maps. It can be lent like a LentMap. */
export class NestedMap<V> {
  readonly #outer = new LentMap<string, Map<string, V>>();
  /** The inner maps made since the map was last lent; undefined if it never was. */
  #own: WeakSet<ReadonlyMap<string, V>> | undefined;

  get view(): ReadonlyMap<string, ReadonlyMap<string, V>> {
    return this.#outer.view;
  }

  /** Returns what `view` shows now; it never changes. */
  lend(): ReadonlyMap<string, ReadonlyMap<string, V>> {
    this.#own = new WeakSet();
    return this.#outer.lend();
  }

  set(outer: string, inner: string, value: V): void {
    this.#inner(outer).set(inner, value);
  }

  delete(outer: string, inner: string): void {
    if (!this.view.get(outer)?.has(inner)) return;
    const map = this.#inner(outer);
    map.delete(inner);
    if (map.size === 0) this.#outer.delete(outer);
  }

  #inner(outer: string): Map<string, V> {
    const known = this.#outer.view.get(outer);
    if (known && this.#own?.has(known) !== false) return known;
    const made = new Map(known);
    this.#own?.add(made);
    this.#outer.set(outer, made);
    return made;
  }
}
