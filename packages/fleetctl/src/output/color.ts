import type { Output } from "../environment.ts";

/** Any value of NO_COLOR but the empty one disables colours (no-color.org); so does TERM=dumb. */
export function isColored(out: Output, variables: Readonly<Record<string, string | undefined>>): boolean {
  return out.isTerminal && !variables["NO_COLOR"] && variables["TERM"] !== "dumb";
}
