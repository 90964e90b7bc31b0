/** Units that the store holds and nobody can read. */
export class UnreadableUnits {
  readonly names = new Set<string>();
  /** The file that each of them names; undefined where the record is what cannot be read. */
  readonly digests = new Map<string, string | undefined>();

  note(name: string, digest: string | undefined): void {
    this.names.add(name);
    this.digests.set(name, digest);
  }

  clear(name: string): void {
    this.names.delete(name);
    this.digests.delete(name);
  }
}
