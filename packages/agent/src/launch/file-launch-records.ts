import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Logger, removeFile, replaceFile, UNFINISHED } from "@flotilla/runtime";
import type { LaunchRecord, LaunchRecords } from "./launch-record.ts";

/** Launch records as JSON files, named like their units, in a directory below /run. */
export class FileLaunchRecords implements LaunchRecords {
  readonly #directory: string;
  readonly #records: Map<string, LaunchRecord>;

  /**
   * Reads the records of an earlier process of this boot.
   *
   * @param directory created if missing; only this process may write into it.
   * @throws the errors of node:fs if the directory cannot be created or read.
   */
  constructor(directory: string, log: Logger) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const units = readdirSync(directory).filter((name) => name !== UNFINISHED);
    const read = units.map((unit) => [unit, parseRecord(readFileSync(join(directory, unit), "utf8"))] as const);
    for (const [unit, record] of read) {
      if (!record) log.warn("cannot read a launch record; the unit counts as not started", { unit });
    }
    this.#records = new Map(read.filter((entry): entry is [string, LaunchRecord] => entry[1] !== undefined));
  }

  get all(): ReadonlyMap<string, LaunchRecord> {
    return this.#records;
  }

  put(unit: string, record: LaunchRecord): void {
    const text = JSON.stringify(record);
    // A start is recorded when systemd takes it up and again when it succeeds, often with the same text.
    if (text !== JSON.stringify(this.#records.get(unit))) replaceFile(join(this.#directory, unit), text);
    this.#records.set(unit, record);
  }

  delete(unit: string): void {
    removeFile(join(this.#directory, unit));
    this.#records.delete(unit);
  }
}

const PHASES: readonly unknown[] = [
  "loaded",
  "starting",
  "restarting",
  "replacing",
  "launched",
  "stopping",
  "mirrored",
] satisfies LaunchRecord["phase"][];

function parseRecord(text: string): LaunchRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Records of an earlier version have no `restart`.
    return isRecord(value) ? { ...value, restart: value.restart ?? 0 } : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Omit<LaunchRecord, "restart"> & { readonly restart?: number } {
  if (typeof value !== "object" || value === null) return false;
  const { since, digest, hash, phase, restart, problem } = value as Partial<Record<keyof LaunchRecord, unknown>>;
  return (
    typeof since === "number" &&
    ["number", "undefined"].includes(typeof restart) &&
    [digest, hash, problem].every((text) => typeof text === "string") &&
    PHASES.includes(phase)
  );
}
