import { agents } from "./agents.ts";
import { api } from "./api.ts";
import { footprint } from "./footprint.ts";
import { manyMachines } from "./many-machines.ts";
import { oneUnit } from "./one-unit.ts";
import { programs } from "./programs.ts";
import { scheduler } from "./scheduler.ts";
import type { Section } from "./section.ts";
import { soak } from "./soak.ts";
import { tenHosts } from "./ten-hosts.ts";

/** The sections of `npm run bench`, in order. */
export const sections: readonly Section[] = [
  oneUnit,
  tenHosts,
  footprint,
  programs,
  manyMachines,
  agents,
  api,
  soak,
  scheduler,
];
