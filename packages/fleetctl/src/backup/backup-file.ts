import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Backup } from "@flotilla/api/client";
import { CommandError, UsageError } from "../command-error.ts";
import { systemReason } from "../system-reason.ts";

/** Of the form that this fleetctl reads and writes. */
const VERSION: Backup["version"] = 1;

/** Writes all of the file or nothing, readable by its owner. @throws CommandError when it cannot be written. */
export async function writeBackup(directory: string, path: string, backup: Backup): Promise<void> {
  const target = resolve(directory, path);
  const unfinished = `${target}.${randomUUID()}`;
  try {
    const file = await open(unfinished, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(backup, undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new CommandError(`${path} cannot be written: ${systemReason(error)}.`);
  }
}

/** @throws UsageError when the file cannot be read or is no backup of a version that is known. */
export async function readBackup(directory: string, path: string): Promise<Backup> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(resolve(directory, path), "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw noBackup(path);
    throw new UsageError(`${path} cannot be read: ${systemReason(error)}.`);
  }
  const version = isObject(value) ? value["version"] : undefined;
  if (typeof version === "number" && version !== VERSION) {
    throw new UsageError(
      `${path} is a backup of version ${version}, and this fleetctl reads version ${VERSION}: use a newer one.`,
    );
  }
  if (!isBackup(value)) throw noBackup(path);
  return value;
}

function noBackup(path: string): UsageError {
  return new UsageError(`${path} is no backup: name a file that fleetctl backup has written.`);
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
