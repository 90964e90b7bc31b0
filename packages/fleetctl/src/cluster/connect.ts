import type { ClientToken } from "@flotilla/api/client";
import type { GlobalFlags } from "../arguments/global-flags.ts";
import { notAToken } from "../arguments/not-a-token.ts";
import { UsageError } from "../command-error.ts";
import type { Environment } from "../environment.ts";
import { systemReason } from "../system-reason.ts";
import type { CertificateFiles } from "./certificate-files.ts";
import type { Connection } from "./connection.ts";

/**
 * Creates a client of the daemons that the flags name, through a tunnel if the flags name one. Sends nothing before the
 * first call.
 *
 * @throws UsageError for unsupported flags and unreadable files; EndpointError for an invalid endpoint; TunnelError.
 */
export async function connect(
  flags: GlobalFlags,
  environment: Pick<Environment, "variables" | "signal">,
): Promise<Connection> {
  refuseWhatIsNotOffered(flags);
  // Imported here so that `help` does not load the HTTP stack.
  const [{ openClient }, tls] = await Promise.all([import("@flotilla/api/client"), certificatesOf(flags)]);
  const token = await tokenOf(flags.token);
  const { tunnel: host, requestTimeoutMs } = flags;
  const tunnel =
    host === undefined ? undefined : await (await import("../ssh/open-tunnel.ts")).openTunnel(host, flags, environment);
  const endpoints = tunnel?.endpoints ?? flags.endpoints;
  const signal = tunnel ? AbortSignal.any([environment.signal, tunnel.broken]) : environment.signal;
  const client = openClient({ endpoints, tls, token, requestTimeoutMs, signal });
  return {
    client,
    explain: (error) => tunnel?.explain(error) ?? Promise.resolve(error),
    async close() {
      client.close();
      await tunnel?.close();
    },
  };
}

function refuseWhatIsNotOffered({ driver, endpoints }: GlobalFlags): void {
  if (driver.toLowerCase() === "etcd") {
    throw new UsageError(
      "cannot use --driver=etcd: fleetctl talks to fleetd and never to etcd; leave out --driver and FLEETCTL_DRIVER, " +
        "and give fleetd's address with --endpoint, such as unix:///run/fleet.sock",
    );
  }
  if (driver.toLowerCase() !== "api") throw new UsageError(`unknown driver --driver=${driver}: leave out the flag`);
  const etcd = endpoints.find((endpoint) => /:(2379|4001)\/?$/.test(endpoint));
  if (etcd !== undefined) {
    throw new UsageError(
      `cannot use endpoint ${etcd}: its port is etcd's; give fleetd's address, such as unix:///run/fleet.sock`,
    );
  }
}

/** @throws UsageError for an unreadable file, and for text that is no token. */
export async function tokenOf(given: string | undefined): Promise<ClientToken | undefined> {
  if (given === undefined) return undefined;
  const [{ readFile }, { parseToken }] = await Promise.all([import("node:fs/promises"), import("@flotilla/access")]);
  const path = given.startsWith("@") ? given.slice(1) : undefined;
  const text =
    path === undefined ? given : await readFile(path, "utf8").catch((error: unknown) => tokenFileError(path, error));
  const pin = parseToken(text.trim())?.pin;
  if (pin !== undefined) return { text: text.trim(), pin };
  throw notAToken(text);
}

function tokenFileError(path: string, error: unknown): never {
  throw new UsageError(`cannot read the token from ${path}: ${systemReason(error)}`, { cause: error });
}

async function certificatesOf(flags: GlobalFlags): Promise<CertificateFiles> {
  if ([flags.ca, flags.caFile, flags.certFile, flags.keyFile].every((given) => given === undefined)) return {};
  return (await import("./certificate-files.ts")).readCertificateFiles(flags);
}
