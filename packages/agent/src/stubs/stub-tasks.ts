import type { Mirror } from "@flotilla/model";
import { digestText } from "@flotilla/unit";
import type { LaunchRecord } from "../launch/launch-record.ts";
import { isUp, type Situation } from "../unit/situation.ts";
import type { Task } from "../unit/task.ts";
import { stubText } from "./stub-text.ts";

/** The tasks that make a unit stand for a unit elsewhere: a stub in the mirrored state. */
export function stubTasks(situation: Situation, mirror: Mirror): readonly Task[] {
  const { unit, file, launch } = situation;
  const text = stubText(mirror);
  const digest = digestText(text);
  const isInstalled = file?.digest === digest && launch?.digest === digest;
  const reason = `the unit ${mirror.text}`;
  const installing: Task[] = isInstalled
    ? []
    : [
        { type: "write-stub", unit, text, reason },
        { type: "enable", unit, reason },
        { type: "reload", unit, reason },
      ];
  const known = launch?.phase === "mirrored" ? launch.hash : undefined;
  const record: LaunchRecord = {
    since: 0,
    digest,
    hash: mirror.state,
    phase: "mirrored",
    restart: 0,
    problem: "",
  };
  const change = changeFor(situation, mirror, known);
  if (isInstalled && known === mirror.state && change === undefined) return [];
  return [...installing, { type: "mirror", unit, reason, record, change }];
}

/**
 * How systemd's state of the stub must change. A unit of the cluster that has just left the machine runs until its stub
 * takes its place. While the real unit is on its way up, the stub keeps its state.
 */
function changeFor(
  { managed, launch }: Situation,
  { state }: Mirror,
  known: string | undefined,
): "restart" | "stop" | undefined {
  const isReal = launch !== undefined && launch.phase !== "mirrored";
  const up = isUp(managed);
  switch (state) {
    case "active":
      return up && !isReal ? undefined : "restart";
    case "starting":
      return up && isReal ? "restart" : undefined;
    case "failed":
      return known === "failed" && !up ? undefined : "restart";
    case "inactive":
    case "finished":
      return up ? "stop" : undefined;
    default:
      return state satisfies never;
  }
}
