import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Backup } from "@flotilla/api/client";
import { UsageError } from "../command-error.ts";
import type { Environment } from "../environment.ts";
import { systemReason } from "../system-reason.ts";

/** The format version that this fleetctl reads and writes. */
const VERSION: Backup["version"] = 1;

type Input = Pick<Environment, "directory" | "stdin">;

/**
 * Reads a backup file.
 *
 * @param path `-` for standard input.
 * @throws UsageError if the file is unreadable or not a backup of a known version.
 */
export async function readBackup({ directory, stdin }: Input, path: string): Promise<Backup> {
  let value: unknown;
  try {
    value = JSON.parse(path === "-" ? await text(stdin) : await readFile(resolve(directory, path), "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw noBackup(path);
    throw new UsageError(`cannot read ${path}: ${systemReason(error)}`);
  }
  const version = isObject(value) ? value["version"] : undefined;
  if (typeof version === "number" && version !== VERSION) {
    throw new UsageError(
      `cannot read ${path}: backup of version ${version}, and this fleetctl reads version ${VERSION}; use a newer fleetctl`,
    );
  }
  if (!isBackup(value)) throw noBackup(path);
  return value;
}

function noBackup(path: string): UsageError {
  return new UsageError(`cannot read ${path}: not a backup; give a file that fleetctl backup has written`);
}

function isBackup(value: unknown): value is Backup {
  return (
    isObject(value) &&
    value["version"] === VERSION &&
    isListOf(value["units"], isUnit) &&
    isListOf(value["machines"], isMachine) &&
    isListOf(value["unreadable"], (name) => typeof name === "string")
  );
}

function isUnit(value: unknown): boolean {
  return isObject(value) && ["name", "desiredState", "file"].every((field) => typeof value[field] === "string");
}

function isMachine(value: unknown): boolean {
  if (!isObject(value) || typeof value["id"] !== "string" || !isObject(value["metadata"])) return false;
  return Object.values(value["metadata"]).every((setting) => setting === null || typeof setting === "string");
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
