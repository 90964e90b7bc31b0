import { setTimeout as delay } from "node:timers/promises";
import { Cluster, type Host } from "../lab/index.ts";
import { destroyAll, startAtOnce } from "./cluster-starts.ts";
import { clientOf, ClusterWatcher } from "./cluster-watcher.ts";
import { daemonIdleCost, ownMemory, residentMemory } from "./daemon-cost.ts";
import type { Figure } from "./figure.ts";
import type { BenchOptions, Section } from "./section.ts";
import { SLEEPER } from "./sleeper.ts";

const UNITS = 100;
const METADATA = "role=agent";
const FILE = `${SLEEPER}\n[X-Fleet]\nMachineMetadata=${METADATA}\n`;

/** Bursts of as many further units before the second measurement: memory that a daemon needs for work counts as well. */
const BURSTS = 6;

/** Time for the work that follows a burst, as in the section `ten`. */
const SETTLE_MS = 30_000;
const IDLE_MS = 20_000;

/** A server, and a host that has joined it and runs all units. */
export const footprint: Section = {
  name: "footprint",
  about: `a joined host with ${UNITS} units: memory and processor time of its fleetd at rest, at first and after bursts`,
  measure: async ({ rounds, progress }: BenchOptions): Promise<readonly Figure[]> => {
    const samples: Footprint = { resident: [], own: [], idle: [], afterBursts: [] };
    await using cluster = await Cluster.boot({ hosts: 1 });
    await cluster.addAgents({ hosts: 1, config: () => ({ metadata: METADATA }) });
    const client = clientOf(cluster.host(1));
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`);
      const watcher = await ClusterWatcher.open(client);
      const { names } = await startAtOnce({ client, watcher }, "own", UNITS, FILE);
      await delay(SETTLE_MS);
      await measure(cluster.host(2), samples);
      for (let burst = 1; burst <= BURSTS; burst++)
        await destroyAll({ client, watcher }, (await startAtOnce({ client, watcher }, "burst", UNITS, FILE)).names);
      await delay(SETTLE_MS);
      samples.afterBursts.push(await residentMemory(cluster.host(2)));
      await destroyAll({ client, watcher }, names);
      watcher.close();
    }
    client.close();
    return figures(samples);
  },
};

interface Footprint {
  readonly resident: number[];
  readonly own: number[];
  readonly idle: number[];
  readonly afterBursts: number[];
}

async function measure(agent: Host, { resident, own, idle }: Footprint): Promise<void> {
  idle.push(await daemonIdleCost(agent, IDLE_MS));
  resident.push(await residentMemory(agent));
  own.push(await ownMemory(agent));
}

function figures({ resident, own, idle, afterBursts }: Footprint): Figure[] {
  return [
    { name: `fleetd of an agent with ${UNITS} units`, unit: "MB", samples: resident, atMost: 75 },
    { name: "of this, not Node's program and libraries", unit: "MB", samples: own },
    { name: `the same after ${BURSTS} bursts of ${UNITS} further units`, unit: "MB", samples: afterBursts, atMost: 75 },
    { name: "this fleetd at rest", unit: "% of a core", samples: idle },
  ];
}
