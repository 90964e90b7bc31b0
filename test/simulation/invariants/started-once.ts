import { claimantOf } from "../world/claims.ts";
import { assignmentOf, type StoredAssignment } from "../world/records.ts";
import type { MakeInvariant } from "../world/world.ts";

/**
 * A unit is started once for each assignment, and once more for each cause: changed options, another request to launch
 * or restart it, a socket that comes late, a reboot, an administrator, or a start with an unknown outcome.
 */
export const startedOnce: MakeInvariant = (world) => {
  const allowed = new Map<string, number>();
  const allow = (host: string, unit: string): void => {
    const key = `${host} ${unit}`;
    allowed.set(key, (allowed.get(key) ?? 0) + 1);
  };
  return {
    name: "a unit is started again only for a cause",
    onCommit: ({ written }) => {
      for (const { key, before, after } of written) {
        if (!after || !key.startsWith("assignment/")) continue;
        const now = assignmentOf(after);
        const was = before && assignmentOf(before);
        if (!isToRun(now)) continue;
        if (was && isToRun(was) && was.hash === now.hash && was.restart === now.restart) continue;
        for (const { host } of world.machines)
          if (host.options.machineID === now.machineID) allow(host.options.name, now.unit);
      }
      return undefined;
    },
    onAsked: ({ process, what, unit }) => {
      const machine = world.machines.find(({ daemon }) => daemon?.agent.process === process);
      if (what === "stop" && machine && claimantOf(machine.host, unit) !== undefined)
        allow(machine.host.options.name, unit);
      return undefined;
    },
    onCause: ({ host, unit }) => {
      for (const each of unit === undefined ? world.units : [unit]) allow(host, each);
    },
    onStep: () => {
      for (const { host } of world.machines) {
        for (const unit of world.units) {
          const starts = host.systemd.starts(unit);
          if (starts > (allowed.get(`${host.options.name} ${unit}`) ?? 0))
            return `${unit} was started ${starts} times on ${host.options.name}, once more than the causes allow`;
        }
      }
      return undefined;
    },
  };
};

function isToRun({ desired, leaving, stopping }: StoredAssignment): boolean {
  return desired === "launched" && !leaving && !stopping;
}
