import { isProgrammingError, messageOf } from "@flotilla/runtime";
import { StoreUnavailableError } from "../port/store-error.ts";

/**
 * Returns the error to throw for a failed file operation. Returns a programming error unchanged, because the disk is
 * not its cause.
 */
export function fileErrorUnlessProgramming(path: string, thrown: unknown): unknown {
  const isSqlites = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_SQLITE_ERROR";
  return isSqlites || !isProgrammingError(thrown) ? fileError(path, thrown) : thrown;
}

export function fileError(path: string, thrown: unknown): StoreUnavailableError {
  const message = messageOf(thrown);
  if (message.includes("database is locked")) {
    return new StoreUnavailableError(
      `the store ${path} is in use by another process, most likely another fleetd; stop that process, or name another file`,
      { cause: thrown },
    );
  }
  return new StoreUnavailableError(
    `cannot use the store ${path}: ${message}; check the disk's space, the file's owner, and that it is a Flotilla store`,
    { cause: thrown },
  );
}
