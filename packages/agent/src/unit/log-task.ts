import type { Logger } from "@flotilla/runtime";
import type { Task } from "./task.ts";

/** Logs a task before its execution. Tasks that change what runs are seen without debug messages. */
export function logTask(log: Logger, { type, unit, reason }: Pick<Task, "type" | "unit" | "reason">): void {
  const isSeen = type === "start" || type === "restart" || type === "stop" || type === "remove";
  if (isSeen) log.info("doing a task", { task: type, unit, reason });
  else log.debug("doing a task", { task: type, unit, reason });
}
