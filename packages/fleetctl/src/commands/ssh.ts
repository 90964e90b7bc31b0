import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { MACHINE_ARGUMENT } from "../cluster/machine-named.ts";
import { resolveSshTarget } from "../cluster/ssh-target.ts";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { answersFromStdin } from "../ssh/askpass.ts";
import { sshCommand } from "../ssh/ssh-command.ts";
import { isPort } from "../ssh/tunnel-host.ts";
import { type Declare, examples } from "./declaration.ts";

interface SshOptions {
  readonly machine?: string;
  readonly unit?: string;
  readonly forwardAgent: boolean;
  readonly sshPort?: number;
}

export const declareSsh: Declare = (program, run) => {
  program
    .command("ssh")
    .summary("open a shell on a machine, or run a command there")
    .description(
      "Opens a shell on a machine, or on the machine of a unit, with the system's ssh. With a command, runs it there and " +
        "exits with its exit code. The first argument may be a machine or a unit; --machine and --unit resolve an " +
        "ambiguous one.",
    )
    .argument("[target]", `${MACHINE_ARGUMENT}; or a unit, or UNIT@MACHINE`)
    .argument("[command...]", "command to run there; its words are joined by spaces, as by ssh")
    .option("--machine <machine>", `connect to this ${MACHINE_ARGUMENT}`)
    .option("--unit <unit>", "connect to the machine of this unit")
    .option("-A, --forward-agent", "forward the local SSH agent to the machine", false)
    .addOption(
      new Option("--ssh-port <port>", "SSH port of the machine (default: from ssh's configuration, else 22)").argParser(
        parsePort,
      ),
    )
    .addHelpText(
      "after",
      examples(
        "fleetctl ssh 113f16a7",
        "fleetctl ssh redis.service journalctl -b -u redis.service",
        "fleetctl --tunnel 10.10.10.10 ssh --unit heartbeat.service@113f16a7 uptime",
      ),
    )
    .action((target: string | undefined, command: string[], options: SshOptions) =>
      run((context) => ssh(context, target === undefined ? command : [target, ...command], options)),
    );
};

async function ssh(context: Context, args: readonly string[], options: SshOptions): Promise<number> {
  const { environment } = context;
  const flags = context.clusterFlags();
  const isGiven = options.machine !== undefined || options.unit !== undefined;
  const [target, ...rest] = isGiven ? [undefined, ...args] : args;
  refuseContradictions(target, options);
  const host = await resolveSshTarget(context, { machine: options.machine, unit: options.unit, target });
  const remote = rest.join(" ");
  const withTerminal = remote !== "" && environment.stdin.isTerminal && environment.stdout.isTerminal;
  const own = [...(options.forwardAgent ? ["-A"] : []), ...(withTerminal ? ["-t"] : [])];
  const command = sshCommand(flags, { host, port: options.sshPort }, own);
  if (flags.strictHostKeyChecking) await mkdir(dirname(flags.knownHostsFile), { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(tmpdir(), "fleetctl-"));
  try {
    const variables = await answersFromStdin(directory, environment.variables);
    return await environment.runProgram(remote === "" ? command : [...command, remote], variables);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function refuseContradictions(target: string | undefined, { machine, unit }: SshOptions): void {
  if (machine !== undefined && unit !== undefined)
    throw new UsageError("Both machine and unit flags provided, please specify only one.");
  if (machine === undefined && unit === undefined && target === undefined)
    throw new UsageError("One machine or unit must be provided: see fleetctl list-machines and fleetctl list-units.");
}

function parsePort(text: string): number {
  if (!isPort(Number(text))) throw new InvalidArgumentError("Use a port from 1 to 65535.");
  return Number(text);
}
