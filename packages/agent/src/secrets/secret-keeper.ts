import { type Logger, rethrowProgrammingError } from "@flotilla/runtime";
import type { SecretCopies } from "./secret-copies.ts";
import { SecretError, type SecretSource, type SecretValue } from "./secret-source.ts";

export interface SecretKeeperOptions {
  /** Undefined: no secret can be had. */
  readonly source: SecretSource | undefined;
  readonly copies: SecretCopies;
  readonly log: Logger;
}

/** The most bytes of one unit's credentials and their IDs: systemd refuses more (systemd.exec(5), LoadCredential=). */
const MOST_UNIT_BYTES = 1024 * 1024;

/** The secrets of this machine's units: reads them from the servers, and keeps copies. */
export class SecretKeeper {
  readonly #options: SecretKeeperOptions;

  constructor(options: SecretKeeperOptions) {
    this.#options = options;
  }

  /** The units with copies. */
  get units(): Iterable<string> {
    return this.#options.copies.units;
  }

  /** The numbers of the unit's copies by name; undefined for a unit without copies. */
  heldFor(unit: string): ReadonlyMap<string, number> | undefined {
    return this.#options.copies.heldFor(unit);
  }

  /**
   * Reads all secrets of the unit, and keeps copies in place of the unit's earlier ones.
   * @throws SecretError; an OutageError if no server answers; the errors of node:fs; the signal's reason.
   */
  async fetch(unit: string, names: readonly string[], signal: AbortSignal): Promise<void> {
    const { source, copies } = this.#options;
    if (!source) throw new SecretError(`cannot read the secrets of ${unit}: this daemon has no source of secrets`);
    const read = async (name: string): Promise<[string, SecretValue]> => [name, await source.fetch(unit, name, signal)];
    const secrets = new Map(await Promise.all(names.map(read)));
    const bytes = [...secrets].reduce((sum, [name, { value }]) => sum + name.length + value.length, 0);
    if (bytes > MOST_UNIT_BYTES)
      throw new SecretError(
        `the secrets of ${unit} have ${bytes} bytes: systemd accepts at most ${MOST_UNIT_BYTES} a unit; ` +
          "store less, or name fewer secrets",
      );
    signal.throwIfAborted();
    copies.put(unit, secrets);
  }

  /**
   * Returns the value of a secret for systemd: the copy, or what the servers have if somebody has deleted the copy.
   * @throws SecretError; an OutageError if no server answers; the signal's reason.
   */
  async read(unit: string, name: string, signal: AbortSignal): Promise<Buffer> {
    const copy = this.#copyOf(unit, name);
    if (copy) return copy;
    if (!this.#options.source) throw new SecretError(`there is no copy of secret ${name} for ${unit}`);
    return (await this.#options.source.fetch(unit, name, signal)).value;
  }

  forget(unit: string): void {
    if (this.heldFor(unit)) this.#options.copies.delete(unit);
  }

  #copyOf(unit: string, name: string): Buffer | undefined {
    try {
      return this.#options.copies.read(unit, name);
    } catch (error) {
      rethrowProgrammingError(error);
      this.#options.log.warn("cannot read the copy of a secret; asking a server", { unit, secret: name });
      return undefined;
    }
  }
}
