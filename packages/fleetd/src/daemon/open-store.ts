import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock, Logger } from "@flotilla/runtime";
import type { RenewalObserver, Store } from "@flotilla/store";
import { openEmbeddedStore } from "@flotilla/store/embedded";
import { type EtcdStoreOptions, openEtcdStore } from "@flotilla/store/etcd";
import { ConfigError } from "../config/config-error.ts";
import type { FleetdConfig } from "../config/fleetd-options.ts";

export interface StoreDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly onRenewal: RenewalObserver;
}

/**
 * The store that the configuration asks for. etcd need not be there yet.
 * @throws ConfigError when a file that the configuration names cannot be read.
 */
export async function openStore(config: FleetdConfig, defaultPath: string, deps: StoreDeps): Promise<Store> {
  switch (config.store) {
    case "etcd":
      return openEtcdStore({ ...(await etcdOptions(config)), ...deps });
    case "embedded": {
      const path = config.store_path || defaultPath;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return openEmbeddedStore({ path, ...deps });
    }
  }
}

async function etcdOptions(config: FleetdConfig): Promise<Omit<EtcdStoreOptions, keyof StoreDeps>> {
  const [ca, cert, key] = await Promise.all([
    pem("etcd_cafile", config.etcd_cafile),
    pem("etcd_certfile", config.etcd_certfile),
    pem("etcd_keyfile", config.etcd_keyfile),
  ]);
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const { etcd_username: username, etcd_password: password } = config;
  return {
    endpoints: config.etcd_servers,
    requestTimeoutMs: config.etcd_request_timeout,
    keyPrefix: config.etcd_key_prefix,
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(username && { credentials: { username, password } }),
  };
}

async function pem(option: string, path: string): Promise<Buffer | undefined> {
  if (path === "") return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new ConfigError(`${option}="${path}" cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
