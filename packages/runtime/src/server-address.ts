/** The name in the certificate of every server. A client asks for it, because a server may have any address. */
export const SERVER_NAME = "server.flotilla";

/** The port of a server for other machines, by default (the option peer_port). */
export const SERVER_PORT = 7333;

/** The address at which a server is reached. */
export interface ServerAddress {
  /** A host name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Returns the address that a connection comes from, as people write it: a socket for IPv4 and IPv6 shows an IPv4 address
 * as `::ffff:10.0.0.1` (RFC 4291, section 2.5.5.2). Empty for a unix socket and a closed connection.
 */
export function peerAddress({ remoteAddress = "" }: { readonly remoteAddress?: string | undefined }): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** Returns `HOST:PORT`, with brackets around an IPv6 address (RFC 3986, section 3.2.2). */
export function describeServer({ host, port }: ServerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
