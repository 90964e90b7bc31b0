import { shortMachineID } from "@flotilla/api/client";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

export const declareJoin: Declare = (program, run) => {
  program
    .command("join")
    .summary("make this host a machine of a cluster")
    .description(
      "Run as root on a host with fleetd installed, which is in no cluster yet. Verifies the cluster by the token before anything is sent, " +
        "makes a key, gets a certificate for this machine, writes fleet.conf, starts fleetd, and waits until the machine " +
        "is listed. A failure leaves the host as it was. --token is the join token; @FILE reads it from a file, - from " +
        "standard input.",
    )
    .argument("<server>", "a server of the cluster, as HOST or HOST:PORT; the default port is 7333")
    .addHelpText(
      "after",
      examples("fleetctl join 10.0.0.1 --token fleet1.TOKEN", "fleetctl join 10.0.0.1 --token @/run/join-token"),
    )
    .action((server: string) => run((context) => join(context, server)));
};

async function join(context: Context, server: string): Promise<number> {
  // Imported here so that other commands start faster.
  const [{ parseServerAddress }, { readToken }, { joinHost }, { connectToHost }] = await Promise.all([
    import("@flotilla/membership/client"),
    import("../host/token-argument.ts"),
    import("../host/join-host.ts"),
    import("../host/start-daemon.ts"),
  ]);
  const address = parseServerAddress(server);
  if (!address) throw new UsageError(`cannot use ${JSON.stringify(server)} as a server: write HOST or HOST:PORT`);
  const token = await readToken(context.flags.token, context.environment);
  const connection = await connectToHost(context);
  try {
    const { id } = await joinHost(context, connection.client, address, token);
    context.print(`Machine ${shortMachineID(id)} has joined the cluster`);
    return exitCode.ok;
  } finally {
    await connection.close();
  }
}
