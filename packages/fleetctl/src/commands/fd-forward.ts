import { once } from "node:events";
import { createConnection } from "node:net";
import { pipeline } from "node:stream/promises";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";
import { systemReason } from "../system-reason.ts";

export const declareFdForward: Declare = (program, run) => {
  program
    .command("fd-forward")
    .summary("connect standard input and output to a unix socket")
    .description(
      "Connects standard input and output to a unix socket, until either side closes. fleet's own fleetctl --tunnel runs " +
        "this command on the remote machine.",
    )
    .argument("<socket>", "path of the socket")
    .addHelpText("after", examples("fleetctl fd-forward /var/run/fleet.sock"))
    .action((socket: string) => run((context) => fdForward(context, socket)));
};

async function fdForward({ environment, signal }: Context, path: string): Promise<number> {
  const { stdin, stdout } = environment;
  const socket = createConnection({ path, allowHalfOpen: true });
  try {
    await once(socket, "connect", { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new CommandError(`cannot connect to ${path}: ${systemReason(error)}`);
  }
  const sending = pipeline(stdin, socket, { signal, end: true });
  // The socket's end ends the command; further input is dropped.
  sending.catch(() => {});
  try {
    for await (const chunk of socket.iterator() as AsyncIterable<Uint8Array>) {
      if (!stdout.write(chunk)) await stdout.drained(signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new CommandError(`lost the connection to ${path}: ${systemReason(error)}`);
  } finally {
    socket.destroy();
  }
  return exitCode.ok;
}
