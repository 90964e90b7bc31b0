import type { LinkAddress } from "@flotilla/link";

/** Reads `HOST:PORT`, where HOST is an IPv4 address. */
export function addressOf(text: string): LinkAddress {
  const [host = "", port] = text.split(":");
  return { host, port: Number(port) };
}
