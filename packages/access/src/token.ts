import { createHash } from "node:crypto";

/** The parts of a token. */
export interface TokenText {
  /** SHA-256 of the DER form of the cluster's CA certificate, in 64 hexadecimal digits: it pins the cluster. */
  readonly pin: string;
  /** The token's key in the store. */
  readonly id: string;
  /** 32 random bytes in base64url. */
  readonly secret: string;
}

/** The form of a token's ID. */
export const TOKEN_ID = /^[a-z0-9]{10}$/;

const TOKEN = /^fleet1\.([0-9a-f]{64})\.([a-z0-9]{10})\.([A-Za-z0-9_-]{43})$/;

/** Parses a token; returns undefined for other text. */
export function parseToken(text: string): TokenText | undefined {
  const [, pin, id, secret] = TOKEN.exec(text) ?? [];
  return pin !== undefined && id !== undefined && secret !== undefined ? { pin, id, secret } : undefined;
}

export function formatToken({ pin, id, secret }: TokenText): string {
  return `fleet1.${pin}.${id}.${secret}`;
}

/**
 * The hash of a token's secret as the store holds it, in hexadecimal digits. The secret has 256 random bits, so a fast
 * hash is enough: nothing can be guessed.
 */
export function tokenHash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
