import type { AdmittedHost } from "@flotilla/membership/client";
import { authoritiesIn, pinOf } from "@flotilla/membership/client";
import { CommandError } from "../command-error.ts";
import { FLEET_CONF, optionIn, withOptions, withoutOptions } from "./fleet-conf.ts";
import type { HostChanges } from "./host-changes.ts";
import type { LocalHost } from "./local-host.ts";
import { databasePath, IDENTITY, isActive, secretsKeyPath } from "./require-host.ts";
import type { GivenToken } from "./token-argument.ts";

/** The certificate with which a server acts, and its key. */
const SERVER_IDENTITY = "/run/fleet/identity";

/** The former configuration of an agent that was a server. */
export const FORMER_CONF = `${FLEET_CONF}.server`;

/** Options that lead to etcd. An agent may have them, but must not: the store's credentials are among them. */
const OF_ETCD = [
  "etcd_cafile",
  "etcd_certfile",
  "etcd_keyfile",
  "etcd_username",
  "etcd_password",
  "etcd_key_prefix",
] as const;

/** Options that a daemon with `servers=` refuses. */
export const OF_SERVERS: readonly string[] = [
  "etcd_servers",
  "store",
  "store_path",
  "secrets_keyfile",
  "certificate_life",
  "disable_agent",
  "listen",
  "insecure_api",
  "api_certfile",
  "api_keyfile",
  "api_clientcafile",
];

/** The options that name files which an agent does not need. */
const OF_FILES = ["etcd_cafile", "etcd_certfile", "etcd_keyfile", "api_certfile", "api_keyfile", "api_clientcafile"];

/** Whether this host's daemon runs as a server of a cluster, also one of an earlier version or without fleet.conf. */
export async function isRunningServer(host: LocalHost, text: string): Promise<boolean> {
  return optionIn(text, "servers") === undefined && (await isActive(host));
}

/**
 * Checks that the running server on this host can become an agent of the token's cluster.
 * @param text the host's fleet.conf.
 * @throws CommandError with the reason and the fix.
 */
export async function requireMovable(host: LocalHost, text: string, { pin }: GivenToken): Promise<void> {
  if (optionIn(text, "store") === "embedded")
    throw refused(
      `${FLEET_CONF} has store=embedded, so this host has the store of its cluster; ` +
        "move the cluster to etcd first, with fleetctl store migrate, or to another server (docs/day-2.md)",
    );
  const database = databasePath(text);
  if (await exists(host, database))
    throw refused(
      `${database} is a former store of a cluster, with the key of its authority, which an agent must not have; delete the file or move it to a server`,
    );
  const key = secretsKeyPath(text);
  if (await exists(host, key))
    throw refused(
      `${key} is the key of the cluster's secrets, which an agent must not have; copy it to every server that has none, then delete it here`,
    );
  const authority = authorityIn(await host.read(SERVER_IDENTITY));
  if (authority === undefined)
    throw refused(
      `its daemon is not in a cluster (${SERVER_IDENTITY} has no certificate); see systemctl status fleet, ` +
        "or stop the daemon with systemctl disable --now fleet.service fleet.socket to join another cluster",
    );
  if (!authoritiesIn(authority).some((each) => pinOf(each) === pin))
    throw refused(
      "it is in another cluster than the one that made the token; check the token, and create a new one if the authority of " +
        "its cluster was rotated; or take the host out of its cluster with systemctl disable --now fleet.service " +
        `fleet.socket, and remove the store's options from ${FLEET_CONF}`,
    );
}

/** Writes what an agent needs, keeps the former configuration beside it, and removes the server's certificate. */
export async function writeAgent(
  changes: HostChanges,
  text: string,
  { identity }: Pick<AdmittedHost, "identity">,
  servers: readonly string[],
): Promise<void> {
  const kept = withoutOptions(text, [...OF_SERVERS, ...OF_ETCD]);
  await changes.write(FORMER_CONF, text, 0o600);
  await changes.write(IDENTITY, JSON.stringify(identity), 0o600);
  await changes.write(FLEET_CONF, withOptions(kept, { servers: JSON.stringify(servers) }, []), 0o640);
  await changes.remove(SERVER_IDENTITY);
}

/** What remains to be deleted on a host that has become an agent, in sentences for people. */
export function remainsOn(text: string): readonly string[] {
  const files = OF_FILES.flatMap((name) => optionIn(text, name) || []);
  return [
    `The former configuration is in ${FORMER_CONF}; delete it when this host will not be a server again`,
    ...(files.length > 0 ? [`Files of the former server are still here; delete them, too: ${files.join(" ")}`] : []),
  ];
}

async function exists(host: LocalHost, path: string): Promise<boolean> {
  return (await host.run(["test", "-e", path])).code === 0;
}

function authorityIn(identity: string | undefined): string | undefined {
  try {
    const { ca } = JSON.parse(identity ?? "") as { readonly ca?: unknown };
    return typeof ca === "string" ? ca : undefined;
  } catch {
    return undefined;
  }
}

function refused(why: string): CommandError {
  return new CommandError(`cannot make this host an agent: ${why}`);
}
