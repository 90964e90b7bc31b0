import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UNFINISHED } from "@flotilla/runtime";
import type { SecretCopies } from "./secret-copies.ts";
import { SecretError, type SecretValue } from "./secret-source.ts";

/** The magic numbers of tmpfs and ramfs (statfs(2)). */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6];

/**
 * Copies of secrets as files below /run, readable only by the daemon's user: a directory for each unit, in it a file
 * `NUMBER.NAME` for each secret.
 */
export class FileSecretCopies implements SecretCopies {
  readonly #directory: string;
  readonly #typeOf: (directory: string) => number;
  readonly #held = new Map<string, Map<string, number>>();

  /**
   * Reads which copies an earlier process of this boot has made.
   * @param directory created if missing; only this process may write into it.
   * @param typeOf returns the type of the file system of a directory (statfs(2)).
   * @throws the errors of node:fs.
   */
  constructor(directory: string, typeOf = (path: string): number => statfsSync(path).type) {
    this.#directory = directory;
    this.#typeOf = typeOf;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const unit of readdirSync(directory)) this.#held.set(unit, heldIn(join(directory, unit)));
  }

  get units(): Iterable<string> {
    return this.#held.keys();
  }

  heldFor(unit: string): ReadonlyMap<string, number> | undefined {
    return this.#held.get(unit);
  }

  read(unit: string, name: string): Buffer | undefined {
    const number = this.#held.get(unit)?.get(name);
    return number === undefined ? undefined : readFileSync(join(this.#directory, unit, fileOf(name, number)));
  }

  put(unit: string, secrets: ReadonlyMap<string, SecretValue>): void {
    if (!IN_MEMORY.includes(this.#typeOf(this.#directory)))
      throw new SecretError(
        `cannot keep secrets in ${this.#directory}: the directory is on a disk; mount a tmpfs on /run, as systemd does`,
      );
    const directory = join(this.#directory, unit);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const kept = new Set<string>();
    for (const [name, { number, value }] of secrets) {
      const file = fileOf(name, number);
      kept.add(file);
      writeFileSync(join(directory, UNFINISHED), value, { mode: 0o600 });
      renameSync(join(directory, UNFINISHED), join(directory, file));
    }
    this.#held.set(unit, new Map([...secrets].map(([name, { number }]) => [name, number])));
    for (const file of readdirSync(directory)) if (!kept.has(file)) rmSync(join(directory, file));
  }

  delete(unit: string): void {
    if (this.#held.has(unit)) rmSync(join(this.#directory, unit), { recursive: true, force: true });
    this.#held.delete(unit);
  }
}

function fileOf(name: string, number: number): string {
  return `${number}.${name}`;
}

/** After a crash during a change, the newest copy of a secret counts; an unfinished file does not. */
function heldIn(directory: string): Map<string, number> {
  const held = new Map<string, number>();
  for (const file of readdirSync(directory)) {
    const [, number, name] = /^(\d+)\.(.+)$/s.exec(file) ?? [];
    if (number === undefined || name === undefined) continue;
    held.set(name, Math.max(Number(number), held.get(name) ?? 0));
  }
  return held;
}
