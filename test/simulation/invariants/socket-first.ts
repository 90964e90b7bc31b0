import type { KeyValue } from "@flotilla/store";
import { socketsOf } from "../world/claims.ts";
import type { Host } from "../world/host.ts";
import type { Process } from "../world/process.ts";
import { assignmentOf } from "../world/records.ts";
import type { MakeInvariant, World } from "../world/world.ts";
import { ageOfKnowledge } from "./knowledge.ts";

/** What an agent has asked of its systemd, by unit, with the position of the request among all requests. */
interface Requests {
  readonly starts: Map<string, number>;
  /** The writes of files that were not on the host: systemd refuses a socket whose service is missing. */
  readonly arrivals: Map<string, number>;
}

/**
 * An agent that has to start a service and its socket tries the socket first
 * (docs/decisions/0037-triggers-start-and-stop-with-their-units.md).
 */
export const socketFirst: MakeInvariant = (world) => {
  const requestsOf = new WeakMap<Process, Requests>();
  /** When a unit was last up, by host and unit. */
  const upAt = new Map<string, number>();
  let count = 0;
  return {
    name: "a service starts after its socket",
    onUnit: (unit, host) => {
      if (isUp(host, unit)) upAt.set(`${host.options.name} ${unit}`, world.timeline.now);
      return undefined;
    },
    onAsked: ({ process, what, unit }) => {
      const host = world.machines.find(({ daemon }) => daemon?.agent.process === process)?.host;
      if (!host) return undefined;
      const { starts, arrivals } = requestsOf.get(process) ?? { starts: new Map(), arrivals: new Map() };
      requestsOf.set(process, { starts, arrivals });
      count += 1;
      if (what === "write" && !host.systemd.files.has(unit)) arrivals.set(unit, count);
      if (what === "start" || what === "restart") starts.set(unit, count);
      if (what !== "start" || !unit.endsWith(".service") || isUp(host, unit)) return undefined;
      const since = world.timeline.now - ageOfKnowledge(world, process);
      // The agent may take the service for running, or the socket for one that systemd does not answer for.
      if ((upAt.get(`${host.options.name} ${unit}`) ?? since) > since || host.hungAt > since) return undefined;
      const isTried = (socket: string): boolean => (starts.get(socket) ?? 0) > (arrivals.get(unit) ?? 0);
      const skipped = socketsOf(host, unit).find(
        (socket) => !isTried(socket) && isToStart(world, host, socket) && isKnown(world, process, socket, unit),
      );
      return skipped && `${process.name} starts ${unit} before ${skipped}`;
    },
  };
};

function isUp({ systemd }: Host, unit: string): boolean {
  const { activeState = "inactive", job } = systemd.units.get(unit) ?? {};
  return job !== undefined || (activeState !== "inactive" && activeState !== "failed");
}

/** Whether the agent has not started the unit for its present assignment. */
function isToStart({ ledger }: World, { launches, options }: Host, unit: string): boolean {
  const { since, phase = "loaded" } = launches.all.get(unit) ?? {};
  const assignment = ledger.entries.get(`assignment/${options.machineID}/${unit}`);
  return since !== assignment?.createRevision || !["launched", "replacing"].includes(phase);
}

/** Whether a process that knows that the service must run here also knows that of the socket. */
function isKnown(world: World, process: Process, socket: string, service: string): boolean {
  const [first, then] = [socket, service].map((unit) => {
    const versions = world.ledger.lately(`assignment/${process.machineID}/${unit}`, Infinity);
    // The first of the latest versions that all have the unit run.
    return versions[versions.findLastIndex((entry) => !isToRun(entry)) + 1]?.modRevision;
  });
  if (first === undefined || then === undefined || first > then) return false;
  const lately = world.ledger.lately(`assignment/${process.machineID}/${service}`, ageOfKnowledge(world, process));
  return lately.slice(lately.findIndex(isToRun)).every(isToRun);
}

function isToRun(entry: KeyValue | undefined): boolean {
  if (!entry) return false;
  const { desired, leaving, stopping } = assignmentOf(entry);
  return desired === "launched" && !leaving && !stopping;
}
