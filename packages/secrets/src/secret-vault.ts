import type { SecretRecord, SecretRegistry, SecretsKey } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import { isUnitName, parseUnitFile, secretUseOf } from "@flotilla/unit";
import type { SecretCipher } from "./secret-cipher.ts";
import { SecretRefusedError } from "./secret-error.ts";

/** Where a server keeps its key. */
export interface SecretsKeyStore {
  /** The file, for messages. */
  readonly path: string;
  /** Returns undefined if there is no key. @throws SecretRefusedError for an unusable file. */
  load(): SecretCipher | undefined;
  /** Makes a key, and returns when it is on the disk. */
  create(): SecretCipher;
}

export interface SecretVaultOptions {
  readonly secrets: SecretRegistry;
  readonly key: SecretsKeyStore;
  /** The machine of this server. */
  readonly machineID: string;
  readonly clock: Clock;
}

/** The most bytes of a value: two of the largest fit into one unit's credentials (systemd.exec(5), LoadCredential=). */
export const MOST_SECRET_BYTES = 512 * 1024;

/** `create`: the secret must not exist. `replace`: it must exist. */
export type SecretWrite = "create" | "replace";

export interface SecretWritten {
  readonly version: number;
  readonly revision: number;
  /** False if the secret already had this value. */
  readonly changed: boolean;
}

/** Writes secrets encrypted, and decrypts one for a machine with a unit that names the secret. Runs on servers. */
export class SecretVault {
  readonly #options: SecretVaultOptions;

  constructor(options: SecretVaultOptions) {
    this.#options = options;
  }

  /**
   * Writes a value. Writing the present value again changes nothing, so that a repeated request restarts no unit.
   * @throws SecretRefusedError; a StoreError; ConflictError.
   */
  async write(name: string, value: Buffer, how: SecretWrite, signal?: AbortSignal): Promise<SecretWritten> {
    if (value.length > MOST_SECRET_BYTES)
      throw new SecretRefusedError(
        "secret-too-large",
        `the value of secret ${name} has ${value.length} bytes, but at most ${MOST_SECRET_BYTES} are allowed`,
      );
    let written: Omit<SecretWritten, "revision"> = { version: 0, changed: false };
    const revision = await this.#options.secrets.edit(
      name,
      (current, clusterKey, isFirst) => {
        const { cipher, record: key } = this.#cipherToWrite(clusterKey, isFirst);
        const digest = cipher.digest(name, value);
        const isSame = current?.digest === digest && current.keyID === cipher.keyID;
        written = { version: isSame ? current.version : (current?.version ?? 0) + 1, changed: !isSame };
        if (isSame) return { action: "keep" };
        refuse(name, how, current);
        const sealed = cipher.seal({ name, version: written.version }, value);
        return {
          action: "put",
          key,
          record: this.#record(current, { ...written, digest, sealed, size: value.length }, key),
        };
      },
      signal,
    );
    return { ...written, revision };
  }

  /** @throws SecretRefusedError if there is no such secret; a StoreError; ConflictError. */
  delete(name: string, signal?: AbortSignal): Promise<number> {
    return this.#options.secrets.delete(
      name,
      (isKnown) => {
        if (!isKnown) throw missing(name);
      },
      signal,
    );
  }

  /**
   * Returns the text of the key file for a host that becomes a server; undefined if this server does not have the
   * cluster's key. Makes the key if the cluster has none yet, so that all servers have the same one.
   * @throws SecretRefusedError for an unusable file; a StoreError.
   */
  async keyForServer(signal?: AbortSignal): Promise<string | undefined> {
    const { secrets, key } = this.#options;
    const clusterKey = await secrets.key(signal);
    const known = key.load();
    if (clusterKey) return known?.keyID === clusterKey.keyID ? known.keyText : undefined;
    return (known ?? key.create()).keyText;
  }

  /**
   * Returns why this server cannot use the cluster's secrets, and what to do; undefined if it can, or if there is no key
   * yet.
   * @throws a StoreError.
   */
  async keyProblem(signal?: AbortSignal): Promise<string | undefined> {
    const { secrets, key } = this.#options;
    const clusterKey = await secrets.key(signal);
    if (!clusterKey) return undefined;
    try {
      const known = key.load();
      return known?.keyID === clusterKey.keyID ? undefined : this.#wrongKey(known, clusterKey).message;
    } catch (error) {
      if (error instanceof SecretRefusedError) return error.message;
      throw error;
    }
  }

  /**
   * Decrypts a secret for a machine. Reads the store: the machine must have an assignment of the unit, whose file must
   * name the secret.
   * @throws SecretRefusedError; a StoreError.
   */
  async readFor(
    machineID: string,
    { unit, name }: { readonly unit: string; readonly name: string },
    signal?: AbortSignal,
  ): Promise<{ readonly number: number; readonly value: Buffer }> {
    const { secrets } = this.#options;
    const text = isUnitName(unit) ? await secrets.assignedFile(machineID, unit, signal) : undefined;
    // One reason for all cases, so that a machine learns nothing about units and secrets that are not its own.
    if (text === undefined || !namesSecret(unit, text, name))
      throw new SecretRefusedError(
        "secret-refused",
        `machine ${machineID} has no unit ${unit} that names secret ${name}`,
      );
    const stored = await secrets.get(name, signal);
    if (!stored) throw missing(name);
    const value = this.#cipherToRead(stored).open({ name, version: stored.version }, stored.sealed);
    if (value) return { number: stored.number, value };
    throw new SecretRefusedError(
      "secrets-key-wrong",
      `cannot decrypt secret ${name}: its value in the store was changed; write the secret again with fleetctl secret rotate`,
    );
  }

  #record(
    current: SecretRecord | undefined,
    { version, digest, sealed, size }: Pick<SecretRecord, "version" | "digest" | "sealed" | "size">,
    { keyID }: SecretsKey,
  ): Omit<SecretRecord, "number"> {
    const now = this.#options.clock.wall();
    return { version, size, createdAt: current?.createdAt ?? now, updatedAt: now, keyID, digest, sealed };
  }

  /** The first write makes the key. A key that encrypts no secret any more may be replaced. */
  #cipherToWrite(
    clusterKey: SecretsKey | undefined,
    isFirst: boolean,
  ): { readonly cipher: SecretCipher; readonly record: SecretsKey } {
    const { key, machineID } = this.#options;
    const known = key.load();
    if (clusterKey && !isFirst) {
      if (known?.keyID === clusterKey.keyID) return { cipher: known, record: clusterKey };
      throw this.#wrongKey(known, clusterKey);
    }
    const cipher = known ?? key.create();
    return { cipher, record: { keyID: cipher.keyID, machineID } };
  }

  #cipherToRead(stored: SecretRecord): SecretCipher {
    const known = this.#options.key.load();
    if (known?.keyID === stored.keyID) return known;
    throw this.#wrongKey(known, { keyID: stored.keyID, machineID: "" });
  }

  #wrongKey(known: SecretCipher | undefined, { keyID, machineID }: SecretsKey): SecretRefusedError {
    const { path } = this.#options.key;
    const has = known ? `its file ${path} has key ${known.keyID}` : `it has no file ${path}`;
    const from = machineID === "" ? "a server that has the key" : `machine ${machineID}, which made the key`;
    return new SecretRefusedError(
      "secrets-key-wrong",
      `server ${this.#options.machineID} does not have the key ${keyID} of the cluster's secrets: ${has}; copy ${path} from ${from}`,
    );
  }
}

function refuse(name: string, how: SecretWrite, current: SecretRecord | undefined): void {
  if (how === "replace" && !current) throw missing(name);
  if (how === "create" && current)
    throw new SecretRefusedError(
      "secret-exists",
      `secret ${name} exists with another value; run fleetctl secret rotate ${name} to replace the value`,
    );
}

function missing(name: string): SecretRefusedError {
  return new SecretRefusedError("secret-not-found", `secret ${name} does not exist; run fleetctl secret set ${name}`);
}

function namesSecret(unit: string, text: string, name: string): boolean {
  return secretUseOf(unit, parseUnitFile(text).options).names.includes(name);
}
