import type { LaunchRecord, LaunchRecords } from "./launch-record.ts";

/** Launch records in memory, for tests and the simulator. */
export class MemoryLaunchRecords implements LaunchRecords {
  readonly #records = new Map<string, LaunchRecord>();

  get all(): ReadonlyMap<string, LaunchRecord> {
    return this.#records;
  }

  put(unit: string, record: LaunchRecord): void {
    this.#records.set(unit, record);
  }

  delete(unit: string): void {
    this.#records.delete(unit);
  }
}
