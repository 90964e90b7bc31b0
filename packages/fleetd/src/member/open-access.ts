import { join } from "node:path";
import { linkLimitsFor, LinkRefusedError, type NetworkLink, openLink } from "@flotilla/link";
import { IdentityKeeper, type MachineIdentity, renewOverLink, SavedIdentity } from "@flotilla/membership";
import type { LeaseCalls, Store } from "@flotilla/store";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import type { DaemonPaths } from "../host/paths.ts";
import { defaultStorePath } from "../move/store-target.ts";
import { loadAgentIdentity } from "./agent-identity.ts";
import { openStore, type StoreBackup, type StoreDeps } from "./open-store.ts";

/** How a daemon reaches the cluster's store: a server by itself, an agent through a server. */
export type Access =
  | { readonly role: "server"; readonly store: Store; readonly leases: LeaseCalls; readonly backup?: StoreBackup }
  | {
      readonly role: "agent";
      readonly store: Store;
      readonly link: NetworkLink;
      readonly identity: IdentityKeeper;
      /** Aborts with a LinkRefusedError once a server says that this machine was removed from the cluster. */
      readonly removed: AbortSignal;
    };

export interface AccessHost {
  readonly paths: DaemonPaths;
  readonly machineID: string;
}

/**
 * Opens the store by the configuration's role. Neither the store nor a server need to answer yet.
 * @throws ConfigError if a configured file, or the machine's identity, is unusable.
 */
export async function openAccess(config: FleetdConfig, host: AccessHost, deps: StoreDeps): Promise<Access> {
  if (config.servers.length > 0) return openAgentAccess(config, host, deps);
  const { store, ...more } = await openStore(config, defaultStorePath(host.paths.stateDirectory), deps);
  return { role: "server", store, leases: store, ...more };
}

export async function closeAccess(access: Access): Promise<void> {
  await access.store.close();
  if (access.role === "agent") access.link.close();
}

/** Why the servers refuse this agent; undefined if they do not. A removal stays the reason, also while no server answers. */
export function refusalOf(access: Access): string | undefined {
  if (access.role === "server") return undefined;
  const { status } = access.link;
  return removalOf(access) ?? ("failure" in status && isRefusal(status.failure) ? status.failure.message : undefined);
}

/** Why this machine is no member any more; undefined unless a server has said that it was removed from the cluster. */
export function removalOf(access: Access): string | undefined {
  if (access.role === "server" || !access.removed.aborted) return undefined;
  return (access.removed.reason as LinkRefusedError).reason;
}

function isRefusal(error: Error): error is LinkRefusedError {
  return error instanceof LinkRefusedError;
}

async function openAgentAccess(
  config: FleetdConfig,
  { paths, machineID }: AccessHost,
  { clock, random, log, onRenewal }: StoreDeps,
): Promise<Access> {
  const path = join(paths.stateDirectory, "identity");
  const saved = new SavedIdentity(path);
  const renew = (current: MachineIdentity, signal: AbortSignal, isSaved: boolean) =>
    renewOverLink(link, machineID, current, signal, isSaved);
  const loaded = loadAgentIdentity(saved, path, machineID);
  const identity = new IdentityKeeper({ identity: loaded, renew, saved, clock, random, log });
  const removed = new AbortController();
  // Last: the first session begins at once.
  const link = openLink({
    servers: config.servers,
    tls: () => identity.current,
    ...{ clock, random, log },
    limits: linkLimitsFor(config.agent_ttl),
    onNudge: () => identity.nudge(),
    onRefused: (error) => {
      if (error.refusal !== "removed") return;
      removed.abort(error);
      // A removal is final: the machine joins again with another identity, and with it a new process.
      link.close();
    },
  });
  identity.onRenewed(({ cert }, former) => {
    if (cert !== former.cert) link.reconnect("the machine's certificate was renewed");
  });
  const { openRemoteStore } = await import("@flotilla/store/remote");
  const store = openRemoteStore({
    ...{ link, clock, random, log, onRenewal },
    requestTimeoutMs: config.etcd_request_timeout,
  });
  return { role: "agent", store, link, identity, removed: removed.signal };
}
