import { shortMachineID } from "@flotilla/api/client";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { confirm } from "../output/confirm.ts";
import { type Declare, examples } from "./declaration.ts";

interface JoinOptions {
  readonly yes?: boolean;
}

export const declareJoin: Declare = (program, run) => {
  program
    .command("join")
    .summary("make this host a machine of a cluster")
    .description(
      "Run as root on a host with fleetd installed, which is in no cluster yet, or on a server of the cluster, which " +
        "becomes an agent while its units run. Verifies the cluster by the token before anything is sent, " +
        "makes a key, gets a certificate for this machine, writes fleet.conf, starts fleetd, and waits until the machine " +
        "is listed. A failure leaves the host as it was. --token is the join token; @FILE reads it from a file, - from " +
        "standard input. The agent uses the servers that are named; if one is named and the host is in no cluster yet, " +
        "also the servers that the cluster knows.",
    )
    .argument(
      "<server...>",
      "servers of the cluster, as HOST or HOST:PORT; the default port is 7333. The first is asked",
    )
    .option("--yes", "do not ask before a server becomes an agent")
    .addHelpText(
      "after",
      examples(
        "fleetctl join 10.0.0.1 --token fleet1.TOKEN",
        "fleetctl join 10.0.0.1 --token @/run/join-token",
        "fleetctl join 10.0.0.1 10.0.0.2 10.0.0.3 --token @/run/join-token --yes",
      ),
    )
    .action((servers: readonly string[], options: JoinOptions) => run((context) => join(context, servers, options)));
};

async function join(context: Context, given: readonly string[], { yes = false }: JoinOptions): Promise<number> {
  // Imported here so that other commands start faster.
  const [{ parseServerAddress }, { readToken }, { joinHost }, { connectToHost }, { remainsOn }] = await Promise.all([
    import("@flotilla/membership/client"),
    import("../host/token-argument.ts"),
    import("../host/join-host.ts"),
    import("../host/start-daemon.ts"),
    import("../host/become-agent.ts"),
  ]);
  const [first, ...others] = given.map((text) => {
    const address = parseServerAddress(text);
    if (address) return address;
    throw new UsageError(`cannot use ${JSON.stringify(text)} as a server: write HOST or HOST:PORT`);
  });
  if (!first) throw new UsageError("no server: write HOST or HOST:PORT");
  const token = await readToken(context.flags.token, context.environment);
  const connection = await connectToHost(context);
  const question = "This host is a server of its cluster. Make it an agent? Its units keep running.";
  try {
    const { id, formerServer } = await joinHost(context, connection.client, {
      servers: [first, ...others],
      token,
      agree: async () => (yes ? undefined : confirm(context, question, "nothing was changed")),
    });
    if (formerServer === undefined) context.print(`Machine ${shortMachineID(id)} has joined the cluster`);
    else {
      context.print(`Machine ${shortMachineID(id)} is an agent now; its units kept running`);
      for (const advice of remainsOn(formerServer)) context.tell(advice);
    }
    return exitCode.ok;
  } finally {
    await connection.close();
  }
}
