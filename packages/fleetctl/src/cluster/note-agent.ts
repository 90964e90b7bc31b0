import type { Context } from "../context.ts";

/**
 * Tells the user that an agent has answered for its own machine only, without a token. A cluster that does not say who
 * asks is taken for one that answers in full.
 */
export async function noteAgent(context: Context): Promise<void> {
  if (context.clusterFlags().token !== undefined) return;
  const client = await context.client();
  const caller = await client.whoAmI(context.signal).catch(() => undefined);
  context.signal.throwIfAborted();
  if (caller?.kind === "machine")
    context.tell(
      "this machine is an agent, which shows only itself and its own units without a token; for the whole cluster, give " +
        "--token or FLEETCTL_TOKEN, or ask a server",
    );
}
