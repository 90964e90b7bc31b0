import { Cluster } from "../lab/index.ts";
import { clientOf } from "./cluster-watcher.ts";
import type { Figure } from "./figure.ts";
import { fleetctlFigures } from "./fleetctl.ts";
import { readiness } from "./readiness.ts";
import type { BenchOptions, Section } from "./section.ts";

const HOSTS = 3;

/** Measures how long fleetd and fleetctl take to start, and fleetctl to list units. */
export const programs: Section = {
  name: "programs",
  about: "how long fleetd takes to be ready, and fleetctl to answer",
  measure: async ({ rounds, progress }: BenchOptions): Promise<readonly Figure[]> => {
    await using cluster = await Cluster.boot({ hosts: HOSTS });
    const client = clientOf(cluster.host(1));
    const ready: number[] = [];
    progress("fleetd");
    for (let run = 0; run < 5 * rounds; run++) ready.push(await readiness(cluster.host(HOSTS)));
    progress("fleetctl");
    const fleetctl = await fleetctlFigures(client, cluster.host(1), { units: 1000, runs: 10 * rounds });
    client.close();
    return [{ name: "fleetd, start to ready", unit: "ms", samples: ready, atMost: 500 }, ...fleetctl];
  },
};
