import type { Output } from "../environment.ts";

/** By no-color.org: any value of NO_COLOR but the empty one turns colours off; so does TERM=dumb. */
export function isColored(out: Output, variables: Readonly<Record<string, string | undefined>>): boolean {
  return out.isTerminal && !variables["NO_COLOR"] && variables["TERM"] !== "dumb";
}
