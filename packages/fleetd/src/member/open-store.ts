import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { continued } from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { LeaseCalls, RenewalObserver, Store } from "@flotilla/store";
import type { EtcdStoreOptions } from "@flotilla/store/etcd";
import { readEtcdTls } from "../config/etcd-tls.ts";
import type { FleetdConfig } from "../config/fleetd-options.ts";

export interface StoreDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly onRenewal: RenewalObserver;
}

/** Copies the database of a store that is a file of this machine. */
export interface StoreBackup {
  /** The store's file. */
  readonly path: string;
  /** Copies the database to an existing file while writes go on. */
  readonly write: (path: string) => Promise<void>;
}

export interface OpenedStore {
  readonly store: Store & LeaseCalls;
  readonly backup?: StoreBackup;
}

/**
 * Opens the configured store, with the revisions that its clients must see. etcd may start later.
 * @throws ConfigError if a configured file is unusable.
 */
export async function openStore(config: FleetdConfig, defaultPath: string, deps: StoreDeps): Promise<OpenedStore> {
  const { store, ...more } = await openBareStore(config, defaultPath, deps);
  return { store: continued(store), ...more };
}

/**
 * As `openStore`, with the store's own revisions. Only the configured implementation is loaded: etcd's client takes
 * 30 MB.
 * @throws ConfigError if a configured file is unusable.
 */
export async function openBareStore(
  config: FleetdConfig,
  defaultPath: string,
  { clock, random, log, onRenewal }: StoreDeps,
): Promise<OpenedStore> {
  switch (config.store) {
    case "etcd": {
      const { openEtcdStore } = await import("@flotilla/store/etcd");
      return { store: openEtcdStore({ ...(await etcdOptions(config)), clock, random, log, onRenewal }) };
    }
    case "embedded": {
      const path = config.store_path || defaultPath;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const { openEmbeddedStore } = await import("@flotilla/store/embedded");
      const store = openEmbeddedStore({ path, clock, random, log, onRenewal });
      return { store, backup: { path, write: (to) => store.backup(to) } };
    }
  }
}

async function etcdOptions(config: FleetdConfig): Promise<Omit<EtcdStoreOptions, keyof StoreDeps>> {
  const tls = await readEtcdTls(config);
  const { etcd_username: username, etcd_password: password } = config;
  return {
    endpoints: config.etcd_servers,
    requestTimeoutMs: config.etcd_request_timeout,
    keyPrefix: config.etcd_key_prefix,
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(username && { credentials: { username, password } }),
  };
}
