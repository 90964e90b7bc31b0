import type { GatewayContact } from "./gateway-contact.ts";
import type { StoreContact } from "./store-contact.ts";

/**
 * Returns since when the heartbeats of servers and agents can have reached the store, monotonic milliseconds; undefined
 * if they always could.
 * @param agents undefined until the gateway opens.
 */
export function heardSince(
  store: Pick<StoreContact, "heardSince">,
  agents: Pick<GatewayContact, "heardSince"> | undefined,
): number | undefined {
  // mutation: silence of agents
  const since = [store.heardSince, agents?.heardSince].filter((each) => each !== undefined);
  return since.length === 0 ? undefined : Math.max(...since);
}
