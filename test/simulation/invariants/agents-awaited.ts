import type { Process } from "../world/process.ts";
import type { MakeInvariant, World } from "../world/world.ts";
import { isTaken, machineOf } from "./mass-loss.ts";

/** Differences of times on a clock that runs fast or slow are not exact. */
const ROUNDING_MS = 0.001;

/**
 * A leader moves no unit away from an agent that is missing until the agent has had a whole TTL to reach the leader's own
 * server. Before that, perhaps no server carried the agent's heartbeats. This does not apply to an agent that an earlier
 * leader has given up already.
 */
export const agentsAwaited: MakeInvariant = (world) => ({
  name: "a leader waits for agents after an outage of the servers",
  onCommit: (commit) => {
    const taken = commit.written.find((each) => isTaken(each, commit) && isMissingAgent(world, machineOf(each)));
    const openMs = taken && commit.writer && openFor(world, commit.writer);
    if (openMs === undefined || openMs >= world.ttlMs - ROUNDING_MS) return undefined;
    return `${taken?.key} was removed when the leader's gateway had been open for ${openMs} ms`;
  },
});

/** Whether the machine is an agent that has no record, did not leave, and was not given up before the leader began. */
function isMissingAgent({ machines, ledger, timeline }: World, machineID: string): boolean {
  const [agent, ...others] = machines.filter(({ host }) => host.options.machineID === machineID);
  const lostMs = timeline.now - ledger.changedAt(`machine/${machineID}`);
  const hasLeft = ledger.lately(`departure/${machineID}`, lostMs).some((entry) => entry !== undefined);
  const isLeaving = agent?.daemon?.ending === "leave" || hasLeft;
  return (
    agent?.host.options.isAgent === true &&
    others.length === 0 &&
    !isLeaving &&
    ledger.at(`roll/${machineID}`, ledger.entries.get("engine/leader")?.modRevision ?? 0) !== undefined &&
    !ledger.entries.has(`machine/${machineID}`)
  );
}

/** How long the gateway of the leader's daemon has been open, by its own clock, if it opened before the leader began. */
function openFor({ machines }: World, leader: Process): number | undefined {
  const { daemon } = machines.find((each) => each.daemon?.engine?.process === leader) ?? {};
  const openedAt = daemon?.gateway?.contact.heardSince;
  return openedAt === undefined ? undefined : leader.clock.monotonic() - openedAt;
}
