import { readFile } from "node:fs/promises";
import { messageOf } from "@flotilla/runtime";
import type { GlobalFlags } from "../arguments/global-flags.ts";
import { UsageError } from "../command-error.ts";
import type { ClusterClient } from "./cluster-client.ts";

/**
 * A client of the daemons that the flags name. Nothing is sent before the first call.
 *
 * @throws UsageError for what is not offered and for files that cannot be read; EndpointError for an endpoint that
 * is none.
 */
export async function connect(flags: GlobalFlags, signal: AbortSignal): Promise<ClusterClient> {
  refuseWhatIsNotOffered(flags);
  // Loaded here and not above: without it the HTTP stack would be read for `help` too.
  const [{ openClient }, ca, cert, key] = await Promise.all([
    import("@flotilla/api/client"),
    contentOf("ca-file", flags.caFile),
    contentOf("cert-file", flags.certFile),
    contentOf("key-file", flags.keyFile),
  ]);
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  return openClient({ endpoints: flags.endpoints, tls, requestTimeoutMs: flags.requestTimeoutMs, signal });
}

function refuseWhatIsNotOffered({ driver, tunnel, endpoints }: GlobalFlags): void {
  if (driver.toLowerCase() === "etcd") {
    throw new UsageError(
      "--driver=etcd is not offered: fleetctl asks fleetd and never etcd. Leave out --driver (and FLEETCTL_DRIVER), " +
        "and give fleetd's address with --endpoint, such as unix:///run/fleet.sock.",
    );
  }
  if (driver.toLowerCase() !== "api") throw new UsageError(`--driver=${driver} is not known: leave it out.`);
  if (tunnel !== undefined) {
    throw new UsageError(
      `--tunnel is not offered yet. Forward the socket yourself and use it: ` +
        `ssh -fNL /tmp/fleet.sock:/run/fleet.sock ${tunnel} && fleetctl --endpoint unix:///tmp/fleet.sock ...`,
    );
  }
  const etcd = endpoints.find((endpoint) => /:(2379|4001)\/?$/.test(endpoint));
  if (etcd !== undefined) {
    throw new UsageError(
      `${etcd} looks like etcd (its port is etcd's): --endpoint takes fleetd's address, such as unix:///run/fleet.sock.`,
    );
  }
}

async function contentOf(flag: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`--${flag} cannot be read: ${messageOf(error)}.`);
  }
}
