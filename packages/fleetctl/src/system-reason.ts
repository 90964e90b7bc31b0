import { getSystemErrorMessage } from "node:util";
import { messageOf } from "@flotilla/runtime";

/** Why a file, a socket or a program could not be used: the system's words, without node's for the call. */
export function systemReason(error: unknown): string {
  const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
  return typeof errno === "number" ? getSystemErrorMessage(errno) : messageOf(error);
}
