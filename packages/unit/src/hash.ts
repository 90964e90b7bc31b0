import { createHash } from "node:crypto";
import { serialiseOptions } from "./serialise.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * Returns fleet's hash of a unit: SHA-1 of its serialised options, 40 hexadecimal digits. Clients of API v1 compute the
 * hash of the options that they sent and compare. Comments and blank lines between options do not change the hash.
 */
export function hashOptions(options: readonly UnitOption[]): string {
  return createHash("sha1").update(serialiseOptions(options), "utf8").digest("hex");
}

/** Returns the store key of a unit file's text: SHA-256 of its bytes in UTF-8, 64 hexadecimal digits. */
export function digestText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
