import type { Process } from "../world/process.ts";
import type { MakeInvariant } from "../world/world.ts";

/** A lease's holder learns that the lease has ended before anyone else can see it. */
export const holderLearnsFirst: MakeInvariant = (world) => {
  let leader: Process | undefined;
  /** Whether the process runs. A process that resumes at this moment has had no time to look at the clock. */
  const isAwake = ({ alive, frozen, troubledAt }: Process): boolean =>
    alive && !frozen && troubledAt < world.timeline.now;
  return {
    name: "a lease's holder is the first to learn that the lease has ended",
    onCommit: ({ writer, written }) => {
      if (writer) {
        if (written.some(({ key, after }) => key === "engine/leader" && after)) leader = writer;
        return undefined;
      }
      for (const { key, before } of written) {
        for (const { host, daemon } of world.machines) {
          if (!daemon || daemon.ending !== undefined) continue;
          const { agent, engine } = daemon;
          const isHolder = key === `machine/${host.options.machineID}` && before?.lease === host.savedLease.load();
          if (isHolder && isAwake(agent.process) && agent.agent.status.joined)
            return `${agent.process.name} still acts as joined although its lease has expired`;
          if (key !== "engine/leader" || !engine || engine.process !== leader) continue;
          if (isAwake(engine.process) && engine.leads)
            return `${engine.process.name} still leads although its lease has expired`;
        }
      }
      return undefined;
    },
  };
};
