import { keyOf, selects } from "@flotilla/store";
import type { World } from "../world/world.ts";

/** Each watch of an agent has delivered all events. */
export function watches({ agentWatches, ledger }: World): string | undefined {
  for (const [process, open] of agentWatches) {
    for (const { request, next } of open) {
      const missed = ledger.changes(next, ledger.revision).find((event) => selects(request, keyOf(event)));
      if (missed) return `the watch of ${process.name} waits for ${keyOf(missed)} from revision ${next}`;
    }
  }
  return undefined;
}
