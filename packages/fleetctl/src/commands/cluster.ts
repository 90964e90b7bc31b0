import { shortMachineID } from "@flotilla/api/client";
import { describeServer, SERVER_PORT } from "@flotilla/runtime";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import type { FirstServer } from "../host/create-cluster.ts";
import { type Declare, examples } from "./declaration.ts";
import { declareRotateCA } from "./rotate-ca.ts";
import { createJoinToken } from "./join-token.ts";

interface InitOptions {
  readonly etcd?: string;
}

export const declareCluster: Declare = (program, run) => {
  const cluster = program
    .command("cluster")
    .summary("create a cluster on this host, or replace a cluster's authority")
    .description(
      "Creates a cluster, or replaces the certificate authority of one. See also join, which adds a host to a cluster.",
    )
    .addHelpText("after", examples("fleetctl cluster init"));
  cluster
    .command("init")
    .summary("make this host the first server of a new cluster")
    .description(
      "Run as root on a host with fleetd installed, which is in no cluster yet. Writes fleet.conf, starts fleetd, waits until this machine is listed, " +
        "and prints the command that adds another host. The cluster is stored in one file on this host, unless --etcd " +
        "names an etcd. A failure leaves the host as it was.",
    )
    .option("--etcd <urls>", "endpoints of etcd, separated by commas; its credentials are read from fleet.conf")
    .addHelpText(
      "after",
      examples("fleetctl cluster init", "fleetctl cluster init --etcd http://10.0.0.1:2379,http://10.0.0.2:2379"),
    )
    .action((options: InitOptions) => run((context) => init(context, options)));
  declareRotateCA(cluster, run);
};

async function init(context: Context, { etcd }: InitOptions): Promise<number> {
  const endpoints = etcd === undefined ? [] : endpointsIn(etcd);
  // Imported here so that other commands start faster.
  const [{ createCluster }, { connectToHost }] = await Promise.all([
    import("../host/create-cluster.ts"),
    import("../host/start-daemon.ts"),
  ]);
  const connection = await connectToHost(context);
  try {
    const server = await createCluster(context, connection.client, endpoints);
    const store = endpoints.length > 0 ? "etcd" : "one file on this host";
    context.print(`Machine ${shortMachineID(server.id)} is the first server of a new cluster, stored in ${store}`);
    const { secret, token } = await createJoinToken(connection.client, {}, context.signal);
    context.print(`To add one machine until ${token.expiresAt ?? ""}, run on a host with fleetd installed:`);
    context.print(`  fleetctl join ${addressOf(server)} --token ${secret}`);
    context.print("For more tokens, see fleetctl help token create.");
    return exitCode.ok;
  } finally {
    await connection.close();
  }
}

function addressOf({ primaryIP, peerPort }: FirstServer): string {
  return describeServer({ host: primaryIP, port: Number(peerPort ?? SERVER_PORT) });
}

function endpointsIn(text: string): readonly string[] {
  const endpoints = text.split(",").map((endpoint) => endpoint.trim());
  const wrong = endpoints.find((endpoint) => !/^(https?:\/\/[^/\s"]+|unix:\/\/\/[^\s"]+)$/.test(endpoint));
  if (wrong === undefined) return endpoints;
  throw new UsageError(`cannot use ${JSON.stringify(wrong)} as an endpoint of etcd: write http://HOST:PORT`);
}
