import type { Machine } from "./machine.ts";
import type { Condition } from "./transport.ts";

/** Many machines that were lost at one moment, with their state right afterwards. */
export interface Vanished {
  readonly at: number;
  readonly lost: readonly { readonly machine: Machine; readonly link: Condition; readonly boot: number }[];
}
