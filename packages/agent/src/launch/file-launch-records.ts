import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Logger, removeFile, replaceFile, UNFINISHED } from "@flotilla/runtime";
import type { LaunchRecord, LaunchRecords } from "./launch-record.ts";

/** Launch records as files of JSON, named like their units, in a directory under /run. */
export class FileLaunchRecords implements LaunchRecords {
  readonly #directory: string;
  readonly #records: Map<string, LaunchRecord>;

  /**
   * Reads what an earlier process of this boot left.
   * @param directory made if it is not there; this process must be the only one that writes in it.
   * @throws what node:fs throws when the directory cannot be made or read.
   */
  constructor(directory: string, log: Logger) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const units = readdirSync(directory).filter((name) => name !== UNFINISHED);
    const read = units.map((unit) => [unit, parseRecord(readFileSync(join(directory, unit), "utf8"))] as const);
    for (const [unit, record] of read) {
      if (!record) log.warn("a launch record cannot be read; the unit counts as not started", { unit });
    }
    this.#records = new Map(read.filter((entry): entry is [string, LaunchRecord] => entry[1] !== undefined));
  }

  get all(): ReadonlyMap<string, LaunchRecord> {
    return this.#records;
  }

  put(unit: string, record: LaunchRecord): void {
    const text = JSON.stringify(record);
    // A start that was seen to be taken up, and then ended well, is noted twice.
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
] satisfies LaunchRecord["phase"][];

function parseRecord(text: string): LaunchRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Records of an earlier version have no request.
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
