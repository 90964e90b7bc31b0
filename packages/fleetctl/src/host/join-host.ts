import {
  type AdmittedHost,
  joinCluster,
  JoinError,
  type JoiningHost,
  makeSigningRequest,
  type SigningRequest,
} from "@flotilla/membership/client";
import { describeServer, type ServerAddress } from "@flotilla/runtime";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Context } from "../context.ts";
import { isRunningServer, OF_SERVERS, requireMovable, writeAgent } from "./become-agent.ts";
import { FLEET_CONF, optionIn, withOptions } from "./fleet-conf.ts";
import { HostChanges } from "./host-changes.ts";
import type { LocalHost } from "./local-host.ts";
import { writeSecretsKey, writeStoreAccess } from "./store-access.ts";
import { bootIDOf, machineIDOf } from "./machine-facts.ts";
import { IDENTITY, requireFleetd, requireNoCluster, requireRemoved } from "./require-host.ts";
import { CHANGED_LIMIT_MS, type ListedMachine, startDaemon } from "./start-daemon.ts";
import type { GivenToken } from "./token-argument.ts";

/** The key of a join that has not succeeded yet. The server answers the same key again. */
const PENDING_KEY = "/var/lib/fleet/joining";

/** Only root reads keys and passwords. */
const SECRET = 0o600;
const CONF_MODE = 0o640;

const TRIES = 10;
const PAUSE_MS = 3_000;

/** What a person has given to `fleetctl join`. */
export interface Wish {
  /** The first one is asked. With several, the agent uses these and no others. */
  readonly servers: readonly [ServerAddress, ...ServerAddress[]];
  readonly token: GivenToken;
  /** Called before a server on this host becomes an agent. Rejects if it must not. */
  readonly agree: () => Promise<void>;
}

export interface JoinedMachine extends ListedMachine {
  /** The configuration of the server that this host was; undefined if it was none. */
  readonly formerServer: string | undefined;
}

/**
 * Makes this host a machine of a cluster. The host may be in no cluster, its membership may have ended, or it is a server
 * of the cluster and becomes an agent while its units run. A failure leaves the host as it was; only the key is kept if
 * the server may have admitted it, so that the same command works again.
 * @param client a client of this host's daemon.
 * @throws CommandError or JoinError with the reason and the fix.
 */
export async function joinHost(context: Context, client: ClusterClient, wish: Wish): Promise<JoinedMachine> {
  const { host } = context.environment;
  const {
    servers: [server],
    token,
  } = wish;
  const text = await requireFleetd(host);
  const machineID = await machineIDOf(host);
  const isServer = await isRunningServer(host, text);
  if (isServer) {
    await requireMovable(host, text, token);
    await wish.agree();
  } else if (optionIn(text, "servers") === undefined) await requireNoCluster(host, text);
  else await requireRemoved(client, machineID, context.signal);
  const signing = await pendingKey(host, machineID);
  const admitted = await untilAdmitted(context, { server, token, machineID, bootID: await bootIDOf(host), signing });
  const changes = new HostChanges(host);
  try {
    const servers = serversOf(wish, admitted, isServer);
    if (admitted.store) {
      await writeStoreAccess(changes, text, admitted.store);
      const told = await writeSecretsKey(host, changes, text, admitted.store.secretsKey);
      if (told !== undefined) context.tell(told);
    } else if (isServer) await writeAgent(changes, text, admitted, servers);
    else {
      await changes.write(IDENTITY, JSON.stringify(admitted.identity), SECRET);
      await changes.write(FLEET_CONF, withOptions(text, { servers: JSON.stringify(servers) }, OF_SERVERS), CONF_MODE);
    }
    const limitMs = isServer ? CHANGED_LIMIT_MS : undefined;
    const machine = await startDaemon(context, client, changes, machineID, limitMs);
    await host.remove(PENDING_KEY);
    return { ...machine, formerServer: isServer ? text : undefined };
  } catch (error) {
    await changes.undo(context);
    throw error;
  }
}

/** The servers that the cluster knows may become agents, too, while a cluster moves over. */
function serversOf({ servers }: Wish, admitted: AdmittedHost, isServer: boolean): readonly string[] {
  const named = servers.map(describeServer);
  return servers.length > 1 || isServer ? named : [...new Set([...named, ...admitted.servers])];
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
  const signing = makeSigningRequest(machineID);
  await host.write(PENDING_KEY, JSON.stringify(signing), SECRET);
  return signing;
}

async function untilAdmitted(context: Context, joining: JoiningHost): Promise<AdmittedHost> {
  const { environment, signal } = context;
  const { host, clock, random } = environment;
  for (let attempt = 1; ; attempt++) {
    try {
      return await joinCluster(joining, signal);
    } catch (error) {
      // An interrupted request may have been carried out.
      signal.throwIfAborted();
      const mayBeAdmitted = error instanceof JoinError && error.mayBeAdmitted;
      if (!mayBeAdmitted) await host.remove(PENDING_KEY);
      if (!mayBeAdmitted || attempt === TRIES) throw error;
      context.tell(`${error.message}; trying again`);
      await clock.sleep(PAUSE_MS * (0.5 + random()), signal);
    }
  }
}
