import { askAsTakenHost } from "../clients/taken-host.ts";
import type { Machine } from "../world/machine.ts";
import { FINE } from "../world/transport.ts";
import type { World } from "../world/world.ts";
import { crash } from "./daemons.ts";
import { type Action, duration } from "./action.ts";
import { losePower } from "./machines.ts";
import { trouble } from "./stores.ts";

/** Faults of servers and of the connections between agents and servers. Histories without agents do not have them. */
export const GATEWAYS: readonly Action[] = [
  {
    name: "server lost",
    weight: 2,
    act: ({ world }, random) => {
      const server = random.pick(serversOf(world));
      const ms = duration(world, random);
      if (random.chance(0.3)) losePower(world, server, ms);
      else crash(world, server, "daemon", ms);
    },
  },
  {
    name: "all servers lost",
    weight: 1,
    act: ({ world }, random) => {
      const isPower = random.chance(0.3);
      for (const server of serversOf(world)) {
        const ms = random.chance(0.5) ? world.ttlMs + random.between(50, world.ttlMs) : duration(world, random);
        if (isPower) losePower(world, server, ms);
        else crash(world, server, "daemon", ms);
      }
    },
  },
  {
    name: "server crashes at an await of its gateway",
    weight: 2,
    act: ({ world }, random) => {
      const server = random.pick(serversOf(world));
      const process = server.daemon?.gateway?.process;
      if (!process) return;
      world.tell("fault", `${process.name} will crash soon with its daemon`);
      const ms = random.between(1, 3_000);
      process.crashAfter(1 + random.below(40), () => crash(world, server, "daemon", ms));
    },
  },
  {
    name: "server cut off from agents",
    weight: 1.5,
    act: ({ world }, random) => {
      const server = random.pick(serversOf(world));
      const { name } = server.host.options;
      const ms = duration(world, random);
      const front = trouble(random);
      server.front = front;
      world.tell("fault", `${name}'s connections to agents are disturbed for ${ms} ms: ${JSON.stringify(front)}`);
      world.timeline.after(ms, () => {
        if (server.front === front) server.front = FINE;
        world.tell("fault", `${name}'s connections to agents recover`);
      });
    },
  },
  {
    name: "agent cut off from a server",
    weight: 2,
    act: ({ world }, random) => {
      const agent = random.pick(agentsOf(world));
      const { name } = random.pick(serversOf(world)).host.options;
      const ms = duration(world, random);
      const path = trouble(random);
      agent.paths.set(name, path);
      const between = `the connections between ${agent.host.options.name} and ${name}`;
      world.tell("fault", `${between} are disturbed for ${ms} ms: ${JSON.stringify(path)}`);
      world.timeline.after(ms, () => {
        if (agent.paths.get(name) === path) agent.paths.delete(name);
        world.tell("fault", `${between} recover`);
      });
    },
  },
  {
    name: "sessions cut",
    weight: 2,
    act: ({ world }, random) => {
      const agent = random.pick(agentsOf(world)).host.options;
      const times = 1 + random.below(5);
      world.tell("fault", `the sessions of ${agent.name} are cut ${times} times`);
      for (let each = 0; each < times; each += 1) {
        world.timeline.after(each * random.between(1, 3_000), () => {
          for (const { daemon } of world.machines) daemon?.gateway?.server.cut(agent.machineID, "cut");
        });
      }
    },
  },
  {
    // The agent's watches then need revisions that the store does not have any more.
    name: "compaction behind an agent's back",
    weight: 1,
    act: ({ world }, random) => {
      const agent = random.pick(agentsOf(world));
      const ms = random.between(50, world.ttlMs);
      const link = { ...FINE, reach: "silent" } as const;
      agent.link = link;
      world.tell("fault", `${agent.host.options.name} is cut off for ${ms} ms; then the store is compacted`);
      world.timeline.after(ms, () => {
        world.tell("fault", `the store is compacted up to ${world.ledger.revision}`);
        world.compact();
        if (agent.link === link) agent.link = FINE;
      });
    },
  },
  {
    name: "taken host",
    weight: 2,
    act: ({ world }, random) => {
      const agent = random.pick(agentsOf(world));
      const server = random.pick(serversOf(world));
      for (let each = 0; each < 5; each += 1) void askAsTakenHost(world, agent, server, random.fork());
    },
  },
];

/** The servers that agents know. */
function serversOf({ machines }: World): readonly Machine[] {
  return machines.filter(({ host, gone }) => !host.options.isAgent && gone === undefined);
}

function agentsOf({ machines }: World): readonly Machine[] {
  return machines.filter(({ host, gone }) => host.options.isAgent && gone === undefined);
}
