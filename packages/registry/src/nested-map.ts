/** A map of maps that holds no empty inner map. */
export class NestedMap<V> {
  readonly #outer = new Map<string, Map<string, V>>();

  get view(): ReadonlyMap<string, ReadonlyMap<string, V>> {
    return this.#outer;
  }

  set(outer: string, inner: string, value: V): void {
    const map = this.#outer.get(outer);
    if (map) map.set(inner, value);
    else this.#outer.set(outer, new Map([[inner, value]]));
  }

  delete(outer: string, inner: string): void {
    const map = this.#outer.get(outer);
    if (map?.delete(inner) && map.size === 0) this.#outer.delete(outer);
  }
}
