import type { GlobalFlags } from "../arguments/global-flags.ts";
import { UsageError } from "../command-error.ts";
import type { Environment } from "../environment.ts";
import type { CertificateFiles } from "./certificate-files.ts";
import type { Connection } from "./connection.ts";

/**
 * A client of the daemons that the flags name, through a tunnel where they name one. Nothing is asked before the
 * first call.
 *
 * @throws UsageError for what is not offered and for files that cannot be read; EndpointError for an endpoint that
 * is none; TunnelError.
 */
export async function connect(
  flags: GlobalFlags,
  environment: Pick<Environment, "variables" | "signal">,
): Promise<Connection> {
  refuseWhatIsNotOffered(flags);
  // Loaded here and not above: without it the HTTP stack would be read for `help` too.
  const [{ openClient }, tls] = await Promise.all([import("@flotilla/api/client"), certificatesOf(flags)]);
  const { tunnel: host, requestTimeoutMs } = flags;
  const tunnel =
    host === undefined
      ? undefined
      : await (await import("../ssh/open-tunnel.ts")).openTunnel({ ...flags, tunnel: host }, environment);
  const endpoints = tunnel?.endpoints ?? flags.endpoints;
  const signal = tunnel ? AbortSignal.any([environment.signal, tunnel.broken]) : environment.signal;
  const client = openClient({ endpoints, tls, requestTimeoutMs, signal });
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
      "--driver=etcd is not offered: fleetctl asks fleetd and never etcd. Leave out --driver (and FLEETCTL_DRIVER), " +
        "and give fleetd's address with --endpoint, such as unix:///run/fleet.sock.",
    );
  }
  if (driver.toLowerCase() !== "api") throw new UsageError(`--driver=${driver} is not known: leave it out.`);
  const etcd = endpoints.find((endpoint) => /:(2379|4001)\/?$/.test(endpoint));
  if (etcd !== undefined) {
    throw new UsageError(
      `${etcd} looks like etcd (its port is etcd's): --endpoint takes fleetd's address, such as unix:///run/fleet.sock.`,
    );
  }
}

async function certificatesOf(flags: GlobalFlags): Promise<CertificateFiles> {
  if ([flags.caFile, flags.certFile, flags.keyFile].every((file) => file === undefined)) return {};
  return (await import("./certificate-files.ts")).readCertificateFiles(flags);
}
