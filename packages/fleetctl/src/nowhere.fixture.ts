import type { Output } from "./environment.ts";

/** Takes everything and shows nothing. */
export const nowhere: Output = {
  isTerminal: false,
  columns: undefined,
  write: () => true,
  control: () => {},
  drained: () => Promise.resolve(),
  flushed: () => Promise.resolve(),
};
