import { readFile } from "node:fs/promises";
import type { StoreAccess } from "@flotilla/membership";
import type { FleetdConfig } from "../config/fleetd-options.ts";

const FILES = ["etcd_cafile", "etcd_certfile", "etcd_keyfile"] as const;

/**
 * Returns how a further server reaches the cluster's etcd: the options of this server, and the contents of the files
 * that they name; and the key of secrets. Only a token that makes servers gets them.
 * @throws the errors of node:fs.
 */
export async function storeAccess(config: FleetdConfig, secretsKey: string | undefined): Promise<StoreAccess> {
  const { etcd_servers: servers, etcd_key_prefix: prefix, etcd_username: username, etcd_password: password } = config;
  const named = FILES.filter((name) => config[name] !== "");
  const contents = await Promise.all(named.map(async (name) => [name, await readFile(config[name], "utf8")] as const));
  return {
    options: {
      etcd_servers: JSON.stringify(servers),
      etcd_key_prefix: prefix,
      ...(username && { etcd_username: username, etcd_password: password }),
    },
    files: Object.fromEntries(contents),
    ...(secretsKey !== undefined && { secretsKey }),
  };
}
