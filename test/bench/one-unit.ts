import { Cluster } from "../lab/index.ts";
import { bareStarts } from "./bare-systemd.ts";
import { startsOneByOne } from "./cluster-starts.ts";
import { clientOf, ClusterWatcher } from "./cluster-watcher.ts";
import type { Figure } from "./figure.ts";
import type { BenchOptions, Section } from "./section.ts";
import { POLL_PAUSE_MS, startsPolledByV1 } from "./v1-polled.ts";

const HOSTS = 3;

/** Enough for a 99th percentile in three rounds. */
const STARTS_A_ROUND = 40;

/** The number of starts before the measurement, so that V8 has compiled the hot code. */
const WARM_UP = 30;

/**
 * Measures one unit on an idle cluster, from request to watch event, and as a program written for fleet sees it, compared
 * with bare systemd on the same hosts.
 */
export const oneUnit: Section = {
  name: "one",
  about: `one unit on an idle cluster of ${HOSTS} hosts, compared with bare systemctl on these hosts`,
  measure: async ({ rounds, progress }: BenchOptions): Promise<readonly Figure[]> => {
    await using cluster = await Cluster.boot({ hosts: HOSTS });
    const client = clientOf(cluster.host(1));
    const watcher = await ClusterWatcher.open(client);
    await startsOneByOne({ client, watcher }, "warm", WARM_UP);
    const bare: number[] = [];
    const start: number[] = [];
    const destroy: number[] = [];
    const polled: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`);
      bare.push(...(await bareStarts(cluster.host(2), STARTS_A_ROUND)));
      const took = await startsOneByOne({ client, watcher }, "one", STARTS_A_ROUND);
      start.push(...took.start);
      destroy.push(...took.destroy);
      polled.push(...(await startsPolledByV1(cluster.host(1), "polled", STARTS_A_ROUND)));
    }
    watcher.close();
    client.close();
    const baseline = { name: "systemctl start, one unit" };
    return [
      { ...baseline, unit: "ms", samples: bare },
      { name: "start to active, one unit", unit: "ms", samples: start, atMost: 30, p99AtMost: 80, baseline },
      {
        name: `API v1 polled each ${POLL_PAUSE_MS} ms, start to active, one unit`,
        unit: "ms",
        samples: polled,
        atMost: 25,
        baseline,
      },
      { name: "destroy to gone, one unit", unit: "ms", samples: destroy, atMost: 30, p99AtMost: 80, baseline },
    ];
  },
};
