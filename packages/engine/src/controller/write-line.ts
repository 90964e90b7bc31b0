import type { Logger } from "@flotilla/runtime";
import type { LogLine } from "./controller.ts";

export function writeLine(log: Logger, { level, message, fields }: LogLine): void {
  switch (level) {
    case "debug":
      return log.debug(message, fields);
    case "info":
      return log.info(message, fields);
    case "warn":
      return log.warn(message, fields);
    case "error":
      return log.error(message, fields);
    default:
      return level satisfies never;
  }
}
