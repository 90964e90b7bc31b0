import type { Secret } from "@flotilla/model";
import { LentMap } from "./lent-map.ts";

/** All secrets without their values, and which units name them. */
export class SecretTable {
  readonly #secrets = new LentMap<string, Secret>();
  readonly #users = new Map<string, Set<string>>();
  /** Only units that name a secret. */
  readonly #namedBy = new Map<string, readonly string[]>();

  get view(): ReadonlyMap<string, Secret> {
    return this.#secrets.view;
  }

  /** Returns what `view` shows now; it never changes. */
  lend(): ReadonlyMap<string, Secret> {
    return this.#secrets.lend();
  }

  set(name: string, secret: Secret | undefined): void {
    if (secret) this.#secrets.set(name, secret);
    else this.#secrets.delete(name);
  }

  /** Notes which secrets a unit names, whether they exist or not. */
  noteUse(unit: string, secrets: readonly string[]): void {
    const before = this.#namedBy.get(unit) ?? [];
    if (before.length === 0 && secrets.length === 0) return;
    for (const name of before) {
      const users = this.#users.get(name);
      users?.delete(unit);
      if (users?.size === 0) this.#users.delete(name);
    }
    for (const name of secrets) this.#users.set(name, (this.#users.get(name) ?? new Set()).add(unit));
    if (secrets.length > 0) this.#namedBy.set(unit, secrets);
    else this.#namedBy.delete(unit);
  }

  /** The units that name the secret. */
  usersOf(secret: string): Iterable<string> {
    return this.#users.get(secret) ?? [];
  }

  /** The highest number among these secrets, 0 if none exists. */
  newestOf(secrets: readonly string[]): number {
    return Math.max(0, ...secrets.map((name) => this.view.get(name)?.number ?? 0));
  }
}
