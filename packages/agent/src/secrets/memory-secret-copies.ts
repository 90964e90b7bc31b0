import type { SecretCopies } from "./secret-copies.ts";
import type { SecretValue } from "./secret-source.ts";

/** Copies of secrets in memory, for tests and the simulator. */
export class MemorySecretCopies implements SecretCopies {
  readonly #copies = new Map<string, ReadonlyMap<string, SecretValue>>();

  get units(): Iterable<string> {
    return this.#copies.keys();
  }

  heldFor(unit: string): ReadonlyMap<string, number> | undefined {
    const copies = this.#copies.get(unit);
    return copies && new Map([...copies].map(([name, { number }]) => [name, number]));
  }

  read(unit: string, name: string): Buffer | undefined {
    return this.#copies.get(unit)?.get(name)?.value;
  }

  put(unit: string, secrets: ReadonlyMap<string, SecretValue>): void {
    this.#copies.set(unit, new Map(secrets));
  }

  delete(unit: string): void {
    this.#copies.delete(unit);
  }
}
