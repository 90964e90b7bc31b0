/**
 * A server without the rest of the daemon: the gateway of agents, if there is an authority, and with --leads the engine
 * and the part of the API that writes units. servers.ts starts this process. It sends its address first, and then an
 * answer to each message. It ends when its parent ends.
 */
import { parseArgs } from "node:util";
import { LoopbackServer, type StoredAuthority, TestAuthority } from "@flotilla/link/fixture";
import { IDENTITY_KEY, MachineRights, SHARED_FAMILIES } from "@flotilla/registry";
import { silentLogger, systemClock } from "@flotilla/runtime";
import { type LeaseCalls, type Store, withSharedWatches } from "@flotilla/store";
import { openEtcdStore } from "@flotilla/store/etcd";
import { STORE_PATH, storeHandler } from "@flotilla/store/remote";
import { Head } from "./head.ts";
import type { HeadRequest } from "./servers.ts";
import { SLEEPER } from "./sleeper.ts";

const { values } = parseArgs({
  options: { etcd: { type: "string" }, authority: { type: "string" }, leads: { type: "boolean", default: false } },
});
const common = { clock: systemClock, random: Math.random, log: silentLogger };

process.once("disconnect", () => process.exit());
const store = openEtcdStore({ ...common, endpoints: [values.etcd ?? ""], requestTimeoutMs: 30_000 });
const head = values.leads ? await Head.start(store) : undefined;
const address = values.authority && (await serveAgents(store, JSON.parse(values.authority) as StoredAuthority));
process.on("message", (request: HeadRequest) => {
  // A rejection ends the process.
  if (head) void answer(head, request).then((result) => process.send?.(result));
});
process.send?.(address ?? "");

/** Returns HOST:PORT. */
async function serveAgents(bare: Store & LeaseCalls, stored: StoredAuthority): Promise<string> {
  const tls = await (await TestAuthority.restore(stored)).server();
  const shared = withSharedWatches(bare, { ...common, families: SHARED_FAMILIES, witness: IDENTITY_KEY });
  const rightsOf = (machineID: string): MachineRights => new MachineRights(machineID);
  const handler = storeHandler({ ...common, store: shared, leases: bare, rightsOf });
  const { host, port } = (await LoopbackServer.start({ tls, routes: new Map([[STORE_PATH, handler]]) })).address;
  return `${host}:${port}`;
}

async function answer(leader: Head, request: HeadRequest): Promise<number | readonly number[]> {
  if (request.do === "count machines") return leader.machines;
  const names = Array.from({ length: request.count }, (_, index) => `${request.prefix}${index}.service`);
  if (request.do === "start at once") return leader.startUnits(names, SLEEPER);
  return leader.startOneByOne(names, SLEEPER);
}
