import { describeError, isProgrammingError, type LogFields, type Logger, messageOf } from "@flotilla/runtime";
import type { KeyValue } from "@flotilla/store";
import { digestText, parseUnitFile, type Requirements, requirementsOf, type UnitFile } from "@flotilla/unit";
import { keys } from "./keys.ts";

/** A unit file in the store, parsed once for all units that use it. */
export interface StoredFile {
  /** Undefined if the stored text is not a valid unit file. */
  readonly file: UnitFile | undefined;
  /** The revision of its last write. */
  readonly revision: number;
}

/** @param known the file known by this digest, which has the same text. */
export function storedFile(
  { key, value, modRevision }: KeyValue,
  known: StoredFile | undefined,
  log: Logger,
): StoredFile {
  // Machines run the file with this digest, so a text with another digest counts as broken.
  const isItself = key === keys.file(digestText(value));
  const file = isItself ? (known?.file ?? attempt(() => parseUnitFile(value), log, { key })) : undefined;
  return { file, revision: modRevision };
}

/** Returns a unit's requirements; undefined if this version would refuse the file. */
export function requirementsOrNone(name: string, file: UnitFile, log: Logger): Requirements | undefined {
  return attempt(() => requirementsOf(name, file.options), log, { unit: name });
}

/** Returns undefined for a file on which the parser fails, and logs the stack: one file must not stop the view. */
function attempt<T>(read: () => T, log: Logger, about: LogFields): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isProgrammingError(error))
      log.error("parsing a unit file failed with an internal error (please report it)", {
        ...about,
        ...describeError(error),
      });
    // An earlier version with other limits may have accepted the file.
    else log.error("the store holds a unit file that would be refused", { ...about, error: messageOf(error) });
    return undefined;
  }
}
