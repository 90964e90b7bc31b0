import { type Command, Option } from "commander";
import type { UnitActionBody } from "@flotilla/api/client";
import {
  type KnownInstance,
  machinesOf,
  resolveKnownInstances,
  withoutUnplacedMatches,
} from "../arguments/known-instances.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { MachineBook } from "../cluster/machine-book.ts";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { isApiError } from "../cluster/api-refusal.ts";
import { Complaints } from "../output/complaints.ts";
import { type Declare, examples, machine } from "./declaration.ts";

interface ActOptions {
  readonly machine?: string;
}

type KillWhom = (typeof KILL_WHOM)[number];

const KILL_WHOM = ["main", "control", "all"] as const;

interface KillOptions extends ActOptions {
  readonly signal: string;
  readonly killWhom: KillWhom;
  readonly killWho?: KillWhom;
}

/** systemctl's commands that change how a unit fares and not what is wanted of it. */
export const declareActions: Declare = (program, run) => {
  declare(
    program,
    "kill",
    "send a signal to the processes of units",
    "Sends a signal to units' processes where they run. What is wanted of them stays: systemd does what the unit's Restart= says.",
  )
    .option("-s, --signal <signal>", "which one, by name or number; -9 and -HUP will do as well", "SIGTERM")
    .addOption(
      new Option("--kill-whom <who>", "the main process, the control process, or all")
        .choices(KILL_WHOM)
        .default("all"),
    )
    // systemctl's name for it before systemd 252.
    .addOption(new Option("--kill-who <who>").choices(KILL_WHOM).hideHelp())
    .addHelpText(
      "after",
      examples(
        "fleetctl kill -s HUP redis.service",
        "fleetctl kill -9 redis.service",
        "fleetctl kill heartbeat.service@113f16a7",
      ),
    )
    .action((units: string[], options: KillOptions) => run((context) => kill(context, units, options)));
  declare(
    program,
    "reset-failed",
    "make systemd forget that units have failed",
    "Clears the failed state of units, and with it the count of their starts, where they are.",
  )
    .addHelpText("after", examples("fleetctl reset-failed redis.service"))
    .action((units: string[], options: ActOptions) =>
      run((context) => act(context, units, { action: "reset-failed" }, options)),
    );
  declare(
    program,
    "reload",
    "make units read their configuration again",
    "Runs what units have in ExecReload=, where they run, and waits for it.",
  )
    .addHelpText("after", examples("fleetctl reload nginx.service"))
    .action((units: string[], options: ActOptions) =>
      run((context) => act(context, units, { action: "reload" }, options)),
    );
};

function declare(program: Command, name: string, summary: string, description: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(description)
    .argument("<unit...>", "names, patterns over the names that the cluster knows, or UNIT@MACHINE")
    .addOption(machine());
}

async function kill(
  context: Context,
  args: readonly string[],
  { signal, killWhom, killWho = killWhom, ...options }: KillOptions,
): Promise<number> {
  // Loaded here, as everything of the client, so that `help` need not.
  const { signalNumber } = await import("@flotilla/api/client");
  if (signalNumber(signal) === undefined)
    throw new UsageError(`--signal=${signal} is no signal: write one as HUP, SIGHUP or 1.`);
  return act(context, args, { action: "kill", signal, whom: killWho }, options);
}

/** Says nothing where all is well, as systemctl. */
async function act(
  context: Context,
  args: readonly string[],
  body: UnitActionBody,
  { machine }: ActOptions,
): Promise<number> {
  const { signal } = context;
  const complaints = new Complaints(context);
  const found = await resolveKnownInstances(await context.client(), args, {
    machine,
    onUnknown: complaints.add,
    signal,
  });
  const instances = withoutUnplacedMatches(context, args, found);
  const succeeded = await inParallel(instances, (instance) => actOnInstance(context, instance, body));
  return succeeded.every(Boolean) && !complaints.any ? exitCode.ok : exitCode.failed;
}

/**
 * Does it on the machines of a unit, or on one, and tells of what did not go well.
 *
 * @returns whether all went well.
 */
export async function actOnInstance(context: Context, instance: KnownInstance, body: UnitActionBody): Promise<boolean> {
  const client = await context.client();
  const { name } = instance.unit;
  const [only, ...others] = machinesOf(instance);
  const machine = instance.machine ?? (others.length === 0 ? only : undefined);
  try {
    const results = await client.actOnUnit(
      name,
      { ...body, ...(machine !== undefined && { machine }) },
      context.signal,
    );
    const machines = new MachineBook(client, context.signal);
    for (const { machineID, message } of results.filter(({ ok }) => !ok))
      context.tell(`Unit ${name} on ${await machines.legend(machineID)}: ${body.action} failed: ${message}`);
    return results.every(({ ok }) => ok);
  } catch (error) {
    if (!isApiError(error)) throw error;
    context.tell([`Unit ${name}: ${error.message}`, ...error.reasons.map((reason) => `  ${reason}`)].join("\n"));
    return false;
  }
}
