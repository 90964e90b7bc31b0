import { describeError, isProgrammingError, type LogFields, type Logger, messageOf } from "@flotilla/runtime";
import type { KeyValue } from "@flotilla/store";
import { digestText, parseUnitFile, type Requirements, requirementsOf, type UnitFile } from "@flotilla/unit";
import { keys } from "./keys.ts";

/** A unit file in the store, parsed once for all units that share it. */
export interface StoredFile {
  /** Undefined when what the store holds is no unit file. */
  readonly file: UnitFile | undefined;
  /** At which it was written last. */
  readonly revision: number;
}

/** @param known what was stored under the same digest before, and so is the same text. */
export function storedFile(
  { key, value, modRevision }: KeyValue,
  known: StoredFile | undefined,
  log: Logger,
): StoredFile {
  // The key is the text's digest, and what machines are told to run: another text under it is nobody's unit file.
  const isItself = key === keys.file(digestText(value));
  const file = isItself ? (known?.file ?? attempt(() => parseUnitFile(value), log, { key })) : undefined;
  return { file, revision: modRevision };
}

/** What a unit asks of its machine; undefined for what no API of this version would let in. */
export function requirementsOrNone(name: string, file: UnitFile, log: Logger): Requirements | undefined {
  return attempt(() => requirementsOf(name, file.options), log, { unit: name });
}

/** One file that the parser fails on must not take the view of all others down: it counts as broken, with the stack. */
function attempt<T>(read: () => T, log: Logger, about: LogFields): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isProgrammingError(error))
      log.error("reading a unit file ended with an error in the program", { ...about, ...describeError(error) });
    // It may be within the bounds of the version that took it in.
    else log.error("the store holds a unit file that would be refused", { ...about, error: messageOf(error) });
    return undefined;
  }
}
