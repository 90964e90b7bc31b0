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
  // Machines run what the digest names. A text with another digest is not that file.
  const isItself = key === keys.file(digestText(value));
  const file = isItself ? (known?.file ?? attempt(() => parseUnitFile(value), log, { key })) : undefined;
  return { file, revision: modRevision };
}

/** Returns a unit's requirements; undefined if this version would refuse the file. */
export function requirementsOrNone(name: string, file: UnitFile, log: Logger): Requirements | undefined {
  return attempt(() => requirementsOf(name, file.options), log, { unit: name });
}

/** A file that makes the parser fail must not take the view down: it counts as broken, and the stack is logged. */
function attempt<T>(read: () => T, log: Logger, about: LogFields): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isProgrammingError(error))
      log.error("reading a unit file ended with an error in the program", { ...about, ...describeError(error) });
    // An earlier version with other bounds may have accepted it.
    else log.error("the store holds a unit file that would be refused", { ...about, error: messageOf(error) });
    return undefined;
  }
}
