import { LentMap } from "./lent-map.ts";

/** A map of maps that holds no empty inner map. It can be lent as LentMap can. */
export class NestedMap<V> {
  readonly #outer = new LentMap<string, Map<string, V>>();
  /** The inner maps that were made since it was lent; undefined when it never was. */
  #own: WeakSet<ReadonlyMap<string, V>> | undefined;

  get view(): ReadonlyMap<string, ReadonlyMap<string, V>> {
    return this.#outer.view;
  }

  /** What `view` shows now, and shows for good. */
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
