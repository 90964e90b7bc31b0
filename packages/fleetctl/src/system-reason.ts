import { getSystemErrorMessage } from "node:util";
import { messageOf } from "@flotilla/runtime";

/** The system's message for an error of a file, a socket or a program, without node's prefix. */
export function systemReason(error: unknown): string {
  const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
  return typeof errno === "number" ? getSystemErrorMessage(errno) : messageOf(error);
}
