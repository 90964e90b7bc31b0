import type { KeyValue } from "@flotilla/store";
import { parseUnitFile, type Requirements, requirementsOf, type UnitFile } from "@flotilla/unit";

/** A unit file in the store, parsed once for all units that share it. */
export interface StoredFile {
  /** Undefined when what the store holds is no unit file. */
  readonly file: UnitFile | undefined;
  /** At which it was written last. */
  readonly revision: number;
}

/** @param known what was stored under the same digest before, and so is the same text. */
export function storedFile({ value, modRevision }: KeyValue, known: StoredFile | undefined): StoredFile {
  return { file: known?.file ?? attempt(() => parseUnitFile(value)), revision: modRevision };
}

/** What a unit asks of its machine; undefined for what no API would have let in. */
export function requirementsOrNone(name: string, file: UnitFile): Requirements | undefined {
  return attempt(() => requirementsOf(name, file.options));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
