import { silentLogger } from "@flotilla/runtime";
import type { RenewalObserver, Store } from "@flotilla/store";
import { openRemoteStore } from "@flotilla/store/remote";
import type { Random } from "../random.ts";
import { openAgentLink, type ServerPath } from "./agent-link.ts";
import { checkedStore, type CheckedStoreOptions, type OpenWatch } from "./checked-store.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";
import type { Transport } from "./transport.ts";

export interface AgentStoreOptions extends CheckedStoreOptions {
  readonly process: Process;
  readonly servers: readonly ServerPath[];
  readonly timeline: Timeline;
  readonly transport: Transport;
  readonly random: Random;
  readonly ttlMs: number;
  readonly onRenewal: RenewalObserver;
}

/** fleetd's value: `etcd_request_timeout`. */
const REQUEST_LIMIT_MS = 5_000;

/** Opens the real store of an agent over a simulated link, and checks what the agent gets from it. */
export function openAgentStore(options: AgentStoreOptions): Store & { readonly watches: ReadonlySet<OpenWatch> } {
  const { process, random, onRenewal, onWrong } = options;
  const link = openAgentLink({ ...options, onRefusal: (reason) => onWrong(`a request is refused: ${reason}`) });
  const common = { clock: process.clock, random: random.float, log: silentLogger };
  const store = openRemoteStore({ ...common, link, requestTimeoutMs: REQUEST_LIMIT_MS, onRenewal });
  process.onDeath(() => void store.close());
  return checkedStore(store, options);
}
