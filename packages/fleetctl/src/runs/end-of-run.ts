import { constants } from "node:os";
import type { RunEntity } from "@flotilla/api/client";

/** How a run has ended: `success`, `exit-code 3`, `signal KILL`, `timeout`, `lost`; `running` if it has not. */
export function endOf({ endedAt, result, code, status }: RunEntity): string {
  if (endedAt === undefined) return "running";
  if (code === "killed" || code === "dumped") return `${result} ${signalName(status)}`;
  return code === "exited" && status !== 0 ? `${result} ${status}` : result;
}

function signalName(number: number): string {
  const [name] = Object.entries(constants.signals).find(([, known]) => known === number) ?? [];
  return name?.replace(/^SIG/, "") ?? String(number);
}
