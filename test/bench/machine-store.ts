import { type LinkAddress, openLink } from "@flotilla/link";
import { type StoredAuthority, TestAuthority } from "@flotilla/link/fixture";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { Store } from "@flotilla/store";
import { openEtcdStore } from "@flotilla/store/etcd";
import { openRemoteStore } from "@flotilla/store/remote";

/** Opens the store of a machine. */
export type OpenMachineStore = (machineID: string) => Promise<Store>;

/** Longer than fleetd's default, because thousands of agents share one processor. */
const REQUEST_TIMEOUT_MS = 30_000;

const common = { clock: systemClock, random: Math.random, log: silentLogger };

/** Each machine has its own connection to etcd. */
export function directStores(endpoint: string): OpenMachineStore {
  return async () => openEtcdStore({ ...common, endpoints: [endpoint], requestTimeoutMs: REQUEST_TIMEOUT_MS });
}

/** Each machine has one session with one of the servers, under a certificate of its own. */
export async function remoteStores(
  servers: readonly LinkAddress[],
  stored: StoredAuthority,
): Promise<OpenMachineStore> {
  const authority = await TestAuthority.restore(stored);
  return async (machineID) => {
    const tls = await authority.agent(machineID);
    const link = openLink({ ...common, servers, tls: () => tls });
    return openRemoteStore({ ...common, link, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  };
}
