import type { Store } from "@flotilla/store";
import { digestText } from "@flotilla/unit";
import { keys } from "./keys.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import {
  assignmentRecord,
  decode,
  type SecretRecord,
  secretRecord,
  type SecretsKeyRecord,
  secretsKeyRecord,
} from "./records.ts";
import { ConflictError } from "./registry-error.ts";

/** The key of the cluster's secrets, and the machine that made it. */
export type SecretsKey = Pick<SecretsKeyRecord, "keyID" | "machineID">;

/** A change of a secret. `key` becomes the key of the cluster's secrets. */
export type SecretEdit =
  | { readonly action: "keep" }
  | { readonly action: "put"; readonly record: Omit<SecretRecord, "number">; readonly key: SecretsKey };

/**
 * Returns the change of a secret.
 * @param current undefined also for an unreadable record, which a write replaces.
 * @param key the key of the cluster's secrets, if there is one.
 * @param isFirst whether the store has no secret.
 */
export type SecretDecision = (
  current: SecretRecord | undefined,
  key: SecretsKey | undefined,
  isFirst: boolean,
) => SecretEdit;

/** Only servers compete, each with one write at a time. Whenever one fails, another has succeeded. */
const TRIES = 32;

/** The secrets, with encrypted values. Only the API writes them. */
export class SecretRegistry {
  readonly #store: Store;
  readonly #edits = new OneAtATime();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns undefined also for a secret with an unreadable record. */
  async get(name: string, signal?: AbortSignal): Promise<SecretRecord | undefined> {
    return (await this.#read(name, signal)).secret;
  }

  /**
   * Reads a secret, calls `decide`, and writes its result if neither the secret nor the key has changed since; otherwise
   * starts over.
   * @returns the revision of the result.
   * @throws whatever `decide` throws, with nothing written; ConflictError when other servers keep changing the secret.
   */
  edit(name: string, decide: SecretDecision, signal?: AbortSignal): Promise<number> {
    return this.#edits.run(name, () => this.#edit(name, decide, signal), signal);
  }

  /**
   * Deletes a secret.
   * @param check throws to keep the secret.
   * @returns the revision of the result.
   * @throws whatever `check` throws.
   */
  async delete(name: string, check: (isKnown: boolean) => void, signal?: AbortSignal): Promise<number> {
    check((await this.#read(name, signal)).revision > 0);
    return (await this.#store.txn({ onSuccess: [{ delete: keys.secret(name) }] }, signal)).revision;
  }

  /** Returns the key of the cluster's secrets; undefined before the first secret. */
  async key(signal?: AbortSignal): Promise<SecretsKey | undefined> {
    const [entry] = (await this.#store.range({ prefix: keys.secretsKey, exact: true }, signal)).entries;
    return entry && decode(secretsKeyRecord, entry.value);
  }

  /** Returns the text of the unit file that a machine is to run; undefined if the unit is not assigned to it. */
  async assignedFile(machineID: string, unit: string, signal?: AbortSignal): Promise<string | undefined> {
    const key = keys.assignment(machineID, unit);
    const [assigned] = (await this.#store.range({ prefix: key, exact: true }, signal)).entries;
    const digest = assigned && decode(assignmentRecord, assigned.value)?.digest;
    if (digest === undefined) return undefined;
    const [file] = (await this.#store.range({ prefix: keys.file(digest), exact: true }, signal)).entries;
    return file && digestText(file.value) === digest ? file.value : undefined;
  }

  async #edit(name: string, decide: SecretDecision, signal?: AbortSignal): Promise<number> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const { secret, revision } = await this.#read(name, signal);
      const { entries, revision: now } = await this.#store.range({ prefix: keys.secretsKey, exact: true }, signal);
      const known = entries[0] && decode(secretsKeyRecord, entries[0].value);
      const isFirst = (await this.#store.range({ prefix: keys.secret(""), limit: 1 }, signal)).entries.length === 0;
      const edit = decide(secret, known, isFirst);
      if (edit.action === "keep") return revision;
      // All changes of secrets compare and write the key's record, so no two changes have the same number. Without the
      // record, the store's revision is higher than every earlier number.
      const latest = (known?.latest ?? now) + 1;
      const result = await this.#store.txn(
        {
          compare: [
            { key: keys.secret(name), modRevision: revision },
            { key: keys.secretsKey, modRevision: entries[0]?.modRevision ?? 0 },
          ],
          onSuccess: [
            { put: keys.secret(name), value: JSON.stringify({ ...edit.record, number: latest }) },
            { put: keys.secretsKey, value: JSON.stringify({ ...edit.key, latest }) },
          ],
        },
        signal,
      );
      if (result.succeeded) return result.revision;
    }
    throw new ConflictError(`cannot change secret ${name}: other clients keep changing the secret; try again`);
  }

  async #read(name: string, signal?: AbortSignal) {
    const [entry] = (await this.#store.range({ prefix: keys.secret(name), exact: true }, signal)).entries;
    const record = entry && decode(secretRecord, entry.value);
    const revision = entry?.modRevision ?? 0;
    return { secret: record, revision };
  }
}
