import type { Process } from "../world/process.ts";
import type { Host } from "../world/host.ts";
import type { MakeInvariant } from "../world/world.ts";

interface Silence {
  readonly process: Process;
  readonly since: number;
}

/**
 * A healthy daemon whose systemd does not answer leaves the cluster within the TTL, or within 5 s if the TTL is
 * shorter. This does not apply while the machine has exclusive units.
 */
export const silenceNoticed: MakeInvariant = (world) => {
  const silences = new Map<Host, Silence>();
  const limitMs = 1_000 + 1.05 * Math.max(world.ttlMs, world.ttlMs / 6 + 4_500);
  return {
    name: "a machine whose systemd does not answer leaves the cluster",
    onStep: () => {
      const { now } = world.timeline;
      for (const { host, daemon } of world.machines) {
        const agent = daemon?.agent;
        const isSilent = (host.hang.isOn || !host.systemd.busUp) && host.guard.units.size === 0;
        if (!agent || !isSilent || !agent.process.alive || agent.process.frozen || daemon.ending !== undefined) {
          silences.delete(host);
          continue;
        }
        const known = silences.get(host);
        const { process } = agent;
        // systemd may have answered when the daemon started to join, even if the store took long after that.
        const joinedAt = world.ledger.changedAt(`machine/${host.options.machineID}`);
        const isOld = known !== undefined && known.since > Math.max(process.troubledAt, joinedAt);
        if (!isOld || known.process !== process || !agent.agent.status.joined)
          silences.set(host, { process, since: now });
        else if (now - known.since > limitMs)
          return `${process.name} is in the cluster although its systemd has not answered for ${now - known.since} ms`;
      }
      return undefined;
    },
  };
};
