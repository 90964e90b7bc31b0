import { hostname, networkInterfaces } from "node:os";

/** Returns the host's name and IP addresses, without link-local addresses. */
export function hostNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list = []) => list);
  const reachable = addresses.filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address));
  return [hostname(), "127.0.0.1", "::1", ...reachable.map(({ address }) => address)];
}
