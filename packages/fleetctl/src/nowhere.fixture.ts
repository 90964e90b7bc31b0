import type { Output } from "./environment.ts";

/** Accepts all data and prints none. */
export const nowhere: Output = {
  isTerminal: false,
  columns: undefined,
  write: () => true,
  control: () => {},
  drained: () => Promise.resolve(),
  flushed: () => Promise.resolve(),
};
