import type { SecretValue } from "./secret-source.ts";

/**
 * The copies of secrets on this machine, by unit, so that systemd can restart a unit while no server answers. They are
 * lost at a reboot.
 */
export interface SecretCopies {
  readonly units: Iterable<string>;
  /** The numbers of the unit's copies by name; undefined for a unit without copies. */
  heldFor(unit: string): ReadonlyMap<string, number> | undefined;
  /** @throws the errors of node:fs, for example if somebody has deleted the copy. */
  read(unit: string, name: string): Buffer | undefined;
  /**
   * Replaces all copies of the unit.
   * @throws SecretError if the copies would be written to a disk; the errors of node:fs.
   */
  put(unit: string, secrets: ReadonlyMap<string, SecretValue>): void;
  delete(unit: string): void;
}
