import { closeSync, fchmodSync, fsyncSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SecretCipher, SecretRefusedError, type SecretsKeyStore } from "@flotilla/secrets";

/**
 * The key of the cluster's secrets in a file that only root reads. The file is read for each use, so that a copied file
 * counts at once.
 */
export class SecretsKeyFile implements SecretsKeyStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  load(): SecretCipher | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw this.#unusable((error as Error).message, "let root read the file");
    }
    const mode = statSync(this.path).mode & 0o777;
    if ((mode & 0o077) !== 0)
      throw this.#unusable(`others may use the file (mode ${mode.toString(8)})`, `run chmod 600 ${this.path}`);
    const cipher = SecretCipher.fromKeyText(text);
    if (cipher) return cipher;
    throw this.#unusable("the file has no key", "copy the file from another server");
  }

  /** The key must be on the disk before a secret is encrypted with it: without the key, the secret is lost. */
  create(): SecretCipher {
    const file = openSync(this.path, "wx", 0o600);
    try {
      fchmodSync(file, 0o600);
      writeFileSync(file, SecretCipher.newKeyText());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const directory = openSync(dirname(this.path), "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
    const cipher = this.load();
    if (!cipher) throw this.#unusable("it was deleted right after its creation", "try again");
    return cipher;
  }

  #unusable(why: string, fix: string): SecretRefusedError {
    return new SecretRefusedError(
      "secrets-key-wrong",
      `cannot use the key of the cluster's secrets in ${this.path}: ${why}; ${fix}`,
    );
  }
}
