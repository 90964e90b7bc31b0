import { createHash } from "node:crypto";
import { serialiseOptions } from "./serialise.ts";
import type { UnitOption } from "./unit-file.ts";

/**
 * The hash that fleet gives a unit: SHA-1 of its serialised options, 40 hexadecimal digits. Clients of API v1
 * compute it from the options that they sent, and compare. Comments and blank lines between options do not count.
 */
export function hashOptions(options: readonly UnitOption[]): string {
  return createHash("sha1").update(serialiseOptions(options), "utf8").digest("hex");
}

/** The key under which a unit file's text is stored: SHA-256 of its bytes in UTF-8, 64 hexadecimal digits. */
export function digestText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
