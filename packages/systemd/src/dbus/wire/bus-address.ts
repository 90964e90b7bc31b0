import type { NetConnectOpts } from "node:net";

/**
 * Where the socket of a D-Bus address is (D-Bus specification, "Server Addresses"); of several addresses, the first.
 * @throws TypeError for an address that is neither a Unix nor a TCP socket.
 */
export function socketAt(address: string): NetConnectOpts {
  const [first = ""] = address.split(";");
  const [transport, rest = ""] = first.split(/:(.*)/s);
  const parameters = new Map(rest.split(",").map((pair) => pair.split(/=(.*)/s, 2) as [string, string]));
  const value = (name: string): string => decodeURIComponent(parameters.get(name) ?? "");
  if (transport === "unix" && parameters.has("path")) return { path: value("path") };
  if (transport === "unix" && parameters.has("abstract")) return { path: `\0${value("abstract")}` };
  if (transport === "tcp") return { host: value("host") || "localhost", port: Number(value("port")) };
  throw new TypeError(`no D-Bus address of a Unix or TCP socket: ${address}`);
}
