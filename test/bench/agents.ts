import type { Figure } from "./figure.ts";
import type { BenchOptions, Section } from "./section.ts";
import { runTopology, UNITS_A_MACHINE } from "./topology.ts";
import { figuresOf } from "./topology-figures.ts";

/** The number of machines for which there is a limit. */
const PACED_SIZE = 1_000;
const UNITS_A_SECOND = 2_500;

/** One unit's start may take so much longer through a server than directly, milliseconds. */
const LATER_MS = 5;

/** Each machine is an agent of some servers; one etcd. */
export const agents: Section = {
  name: "agents",
  about: `--machines without hosts as agents of --servers on one etcd, ${UNITS_A_MACHINE} units each`,
  measure: async ({ machines: sizes, servers, progress }: BenchOptions): Promise<readonly Figure[]> => {
    progress("10 machines without servers");
    const direct = await runTopology({ machines: 10, servers: 0 }, progress);
    const figures: Figure[] = [
      { name: "start to active, one unit, 10 machines without servers", unit: "ms", samples: direct.single },
    ];
    for (const machines of sizes) {
      progress(`${machines} machines, servers: ${servers}`);
      const run = await runTopology({ machines, servers }, progress);
      const [paced, ...others] = figuresOf(run, `${servers} servers, ${machines} agents, ${run.units} units`);
      if (paced) figures.push({ ...paced, ...(machines === PACED_SIZE && { atLeast: UNITS_A_SECOND }) });
      figures.push(...others);
      if (machines !== 10) continue;
      const later = median(run.single) - median(direct.single);
      figures.push({ name: "of this, through a server", unit: "ms", samples: [later], atMost: LATER_MS });
    }
    return figures;
  },
};

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}
