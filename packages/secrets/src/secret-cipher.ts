import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
/** Of a GCM nonce (NIST SP 800-38D, 8.2). Random nonces are safe for 2^32 values under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The first word of a key file; another format gets another word. */
const FORMAT = "fleet-secrets-1";

/** Identifies a value, so that the ciphertext of another secret or of an earlier version is not accepted for it. */
export interface SealedName {
  readonly name: string;
  readonly version: number;
}

/** Encrypts the values of secrets with a key that only servers have. */
export class SecretCipher {
  /** Identifies the key, and tells nothing about it. */
  readonly keyID: string;
  /** The text of a file with this key. */
  readonly keyText: string;
  readonly #encryption: Buffer;
  readonly #digest: Buffer;

  private constructor(key: Buffer) {
    const derived = (use: string, bytes: number): Buffer =>
      Buffer.from(hkdfSync("sha256", key, "", `${FORMAT} ${use}`, bytes));
    this.keyText = `${FORMAT} ${key.toString("base64")}\n`;
    this.keyID = derived("id", 8).toString("hex");
    this.#encryption = derived("encryption", KEY_BYTES);
    this.#digest = derived("digest", KEY_BYTES);
  }

  /** Returns the text of a key file with a new key. */
  static newKeyText(): string {
    return new SecretCipher(randomBytes(KEY_BYTES)).keyText;
  }

  /** Returns undefined for a text that is not a key file's. */
  static fromKeyText(text: string): SecretCipher | undefined {
    const [format, encoded = "", ...rest] = text.trim().split(" ");
    const key = Buffer.from(encoded, "base64");
    if (format !== FORMAT || rest.length > 0 || key.length !== KEY_BYTES) return undefined;
    return new SecretCipher(key);
  }

  /** Returns nonce, ciphertext and tag in base64. */
  seal(about: SealedName, value: Buffer): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#encryption, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(dataOf(about));
    return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]).toString("base64");
  }

  /** Returns undefined for a text that was not sealed with this key, name and version. */
  open(about: SealedName, sealed: string): Buffer | undefined {
    const bytes = Buffer.from(sealed, "base64");
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, this.#encryption, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(dataOf(about));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return undefined;
    }
  }

  /** Returns a digest of the value that only the key's holder can compute, and that differs between names. */
  digest(name: string, value: Buffer): string {
    return createHmac("sha256", this.#digest).update(`${name}\n`).update(value).digest("hex");
  }
}

/** A name has no line feed, so different names and versions never give the same data. */
function dataOf({ name, version }: SealedName): Buffer {
  return Buffer.from(`${FORMAT}\n${name}\n${version}`);
}
