import type { AdmittedHost, JoiningHost, ServerAddress, SigningRequest } from "@flotilla/membership/client";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { FLEET_CONF, optionIn, withOptions } from "./fleet-conf.ts";
import { HostChanges } from "./host-changes.ts";
import type { LocalHost } from "./local-host.ts";
import { bootIDOf, machineIDOf } from "./machine-facts.ts";
import { IDENTITY, requireFleetd, requireNoCluster, requireRemoved } from "./require-host.ts";
import { type ListedMachine, startDaemon } from "./start-daemon.ts";
import type { GivenToken } from "./token-argument.ts";

/** The key of a join that has not succeeded yet. The server answers the same key again. */
const PENDING_KEY = "/var/lib/fleet/joining";

/** Only root reads keys and passwords. */
const SECRET = 0o600;
const CONF_MODE = 0o640;

/** Options that a daemon with `servers=` refuses. */
const OF_SERVERS = ["etcd_servers", "store", "store_path", "disable_agent", "listen"];

const TRIES = 10;
const PAUSE_MS = 3_000;

/**
 * Makes this host a machine of a cluster, also a host whose membership has ended. A failure leaves the host as it was; only the key is kept if the server may
 * have admitted it, so that the same command works again.
 * @param client a client of this host's daemon.
 * @throws CommandError or JoinError with the reason and the fix.
 */
export async function joinHost(
  context: Context,
  client: ClusterClient,
  server: ServerAddress,
  token: GivenToken,
): Promise<ListedMachine> {
  const { host } = context.environment;
  const text = await requireFleetd(host);
  const machineID = await machineIDOf(host);
  if (optionIn(text, "servers") === undefined) await requireNoCluster(host, text);
  else await requireRemoved(client, machineID, context.signal);
  const { describeServer } = await import("@flotilla/membership/client");
  const signing = await pendingKey(host, machineID);
  const admitted = await untilAdmitted(context, { server, token, machineID, bootID: await bootIDOf(host), signing });
  const changes = new HostChanges(host);
  try {
    if (admitted.store) await writeStoreAccess(changes, text, admitted.store);
    else {
      const servers = [...new Set([describeServer(server), ...admitted.servers])];
      await changes.write(IDENTITY, JSON.stringify(admitted.identity), SECRET);
      await changes.write(FLEET_CONF, withOptions(text, { servers: JSON.stringify(servers) }, OF_SERVERS), CONF_MODE);
    }
    const machine = await startDaemon(context, client, changes, machineID);
    await host.remove(PENDING_KEY);
    return machine;
  } catch (error) {
    await changes.undo();
    throw error;
  }
}

async function pendingKey(host: LocalHost, machineID: string): Promise<SigningRequest> {
  const pending = await host.read(PENDING_KEY);
  if (pending !== undefined) {
    try {
      const { key, request } = JSON.parse(pending) as SigningRequest;
      return { key, request };
    } catch {
      // A damaged file is replaced by a new key.
    }
  }
  const { makeSigningRequest } = await import("@flotilla/membership/client");
  const signing = makeSigningRequest(machineID);
  await host.write(PENDING_KEY, JSON.stringify(signing), SECRET);
  return signing;
}

async function untilAdmitted(context: Context, joining: JoiningHost): Promise<AdmittedHost> {
  const { environment, signal } = context;
  const { host, clock, random } = environment;
  const { joinCluster, JoinError } = await import("@flotilla/membership/client");
  for (let attempt = 1; ; attempt++) {
    try {
      return await joinCluster(joining, signal);
    } catch (error) {
      const mayBeAdmitted = error instanceof JoinError && error.mayBeAdmitted;
      if (!mayBeAdmitted) await host.remove(PENDING_KEY);
      if (!mayBeAdmitted || attempt === TRIES) throw error;
      context.tell(`${error.message}; trying again`);
      await clock.sleep(PAUSE_MS * (0.5 + random()), signal);
    }
  }
}

/** Writes the files that the cluster's servers use to reach etcd, and the options that name them. */
async function writeStoreAccess(
  changes: HostChanges,
  text: string,
  { options, files }: NonNullable<AdmittedHost["store"]>,
): Promise<void> {
  const paths: Record<string, string> = {};
  for (const [option, content] of Object.entries(files)) {
    if (!/^etcd_[a-z]+$/.test(option)) throw new CommandError(`cannot use the server's answer: unknown file ${option}`);
    const path = `/etc/fleet/${option.replace("_", "-")}.pem`;
    await changes.write(path, content, SECRET);
    paths[option] = path;
  }
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...options, ...paths })) set[name] = quoted(name, value);
  // The password of etcd is one of the options.
  await changes.write(FLEET_CONF, withOptions(text, set, ["servers"]), SECRET);
}

/** Quotes values in which the format of fleet.conf would see a comment. */
function quoted(name: string, value: string): string {
  if (!/^etcd_[a-z_]+$/.test(name) || /["\n]/.test(value.replace(/^\[.*\]$/s, "")))
    throw new CommandError(`cannot use the server's answer: ${name} cannot be written to ${FLEET_CONF}`);
  return value.startsWith("[") ? value : `"${value}"`;
}
