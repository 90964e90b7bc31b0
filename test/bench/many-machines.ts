import type { Figure } from "./figure.ts";
import type { BenchOptions, Section } from "./section.ts";
import { runTopology, UNITS_A_MACHINE } from "./topology.ts";
import { figuresOf } from "./topology-figures.ts";

/** The number of machines for which there is a limit. */
const PACED_SIZE = 1_000;
const UNITS_A_SECOND = 1_000;

/** Each machine is a client of etcd, as with fleet's own configuration. */
export const manyMachines: Section = {
  name: "machines",
  about: `--machines without hosts on one etcd, ${UNITS_A_MACHINE} units each`,
  measure: async ({ machines: sizes, progress }: BenchOptions): Promise<readonly Figure[]> => {
    const figures: Figure[] = [];
    for (const machines of sizes) {
      progress(`${machines} machines`);
      const run = await runTopology({ machines, servers: 0 }, progress);
      const [paced, ...others] = figuresOf(run, `${machines} machines, ${run.units} units`);
      if (paced) figures.push({ ...paced, ...(machines === PACED_SIZE && { atLeast: UNITS_A_SECOND }) });
      figures.push(...others);
    }
    return figures;
  },
};
