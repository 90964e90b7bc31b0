import { TokenNeededError } from "@flotilla/api/http";
import type { Store } from "@flotilla/store";

/** What to do about a request that only a server can answer. */
export const TOKEN_NEEDED = "send a token, so that a server answers (`fleetctl --token`, FLEETCTL_TOKEN)";

const refuse = (): Promise<never> =>
  Promise.reject(new TokenNeededError(`only servers know this, and this machine is an agent; ${TOKEN_NEEDED}`));

/** The store of what an agent may not read, for its socket without a token: refuses everything with the reason. */
export const serversOnly: Store = {
  revision: refuse,
  range: refuse,
  txn: refuse,
  // oxlint-disable-next-line require-yield
  async *watch() {
    return await refuse();
  },
  grant: refuse,
  resume: refuse,
  leaseTime: refuse,
  close: async () => {},
};
