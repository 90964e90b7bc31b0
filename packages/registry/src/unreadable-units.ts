/** Units whose record or file in the store is unreadable. */
export class UnreadableUnits {
  readonly #digests = new Map<string, string | undefined>();
  readonly #names = new Set<string>();

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** The digest of the file of each unit; undefined if the unit's record is unreadable. */
  get digests(): ReadonlyMap<string, string | undefined> {
    return this.#digests;
  }

  note(name: string, digest: string | undefined): void {
    this.#names.add(name);
    this.#digests.set(name, digest);
  }

  clear(name: string): void {
    this.#names.delete(name);
    this.#digests.delete(name);
  }
}
