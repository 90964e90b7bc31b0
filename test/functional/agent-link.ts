import { type LinkTls, type NetworkLink, openLink } from "@flotilla/link";
import { silentLogger, systemClock } from "@flotilla/runtime";
import type { Host } from "../lab/index.ts";

/** Reads the key and the certificate of a host that has joined as an agent, as somebody who has taken the host over. */
export async function identityOf(agent: Host): Promise<LinkTls> {
  return JSON.parse(await agent.readFile("/var/lib/fleet/identity")) as LinkTls;
}

/** Opens a session with a server under an agent's certificate. */
export function linkTo(server: Host, identity: LinkTls): NetworkLink {
  const servers = [{ host: server.ip, port: 7333 }];
  return openLink({ servers, tls: () => identity, clock: systemClock, random: Math.random, log: silentLogger });
}
