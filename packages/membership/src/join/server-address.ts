import { isIPv6 } from "node:net";
import { SERVER_PORT, type ServerAddress } from "@flotilla/runtime";

/** Parses `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`; returns undefined for other text. */
export function parseServerAddress(text: string): ServerAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? SERVER_PORT : Number(digits);
  if (host === undefined || (bracketed !== undefined && !isIPv6(bracketed))) return undefined;
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
