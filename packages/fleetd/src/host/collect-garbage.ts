import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** V8's own (`--expose-gc`). The flavor of last resort also gives back the pages that are empty. */
type Collector = (options: { readonly flavor: "last-resort" }) => void;

/** Collects all garbage at once: 50 ms for a heap of 20 MB. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collector = runInNewContext("gc") as Collector;
  collector({ flavor: "last-resort" });
}
