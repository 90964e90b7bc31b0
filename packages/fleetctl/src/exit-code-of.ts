import { FlotillaError } from "@flotilla/runtime";
import { exitCode } from "./exit-code.ts";

/** The exit code for an error that ends a command. */
export function exitCodeOf(error: unknown): number {
  const code = error instanceof FlotillaError ? error.code : undefined;
  switch (code) {
    case "nothing-to-do":
      return exitCode.ok;
    case "usage":
    case "bad-endpoint":
      return exitCode.usage;
    case "no-endpoint":
    case "connection-lost":
    case "join-unreachable":
    case "tunnel":
      return exitCode.unreachable;
    default:
      return exitCode.failed;
  }
}
