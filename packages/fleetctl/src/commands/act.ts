import { type Command, Option } from "commander";
import type { UnitActionBody } from "@flotilla/api/client";
import {
  type KnownUnitOrCopy,
  machinesOf,
  resolveUnitsOrCopies,
  withoutUnplacedMatches,
} from "../arguments/known-units-or-copies.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { MachineLegends } from "../cluster/machine-legends.ts";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { isApiError } from "../cluster/api-refusal.ts";
import { Failures } from "../output/failures.ts";
import { type Declare, examples, machine } from "./declaration.ts";

interface ActOptions {
  readonly machine?: string | undefined;
}

type KillWhom = (typeof KILL_WHOM)[number];

const KILL_WHOM = ["main", "control", "all"] as const;

interface KillOptions extends ActOptions {
  readonly signal: string;
  readonly killWhom: KillWhom;
  readonly killWho?: KillWhom;
}

/** systemctl's commands that change a unit's run but not its desired state. */
export const declareActions: Declare = (program, run) => {
  declare(
    program,
    "kill",
    "send a signal to the processes of units",
    "Sends a signal to the processes of units on their machines. The desired state does not change: a unit with Restart= may start again.",
  )
    .option("-s, --signal <signal>", "signal to send, by name or number; -9 and -HUP work as well", "SIGTERM")
    .addOption(
      new Option("--kill-whom <who>", "processes to send the signal to: the main process, the control process, or all")
        .choices(KILL_WHOM)
        .default("all"),
    )
    // systemctl's name for this flag before systemd 252.
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
    "reset the failed state of units",
    "Resets the failed state of units on their machines, and with it their start counter, like systemctl reset-failed.",
  )
    .addHelpText("after", examples("fleetctl reset-failed redis.service"))
    .action((units: string[], options: ActOptions) =>
      run((context) => act(context, units, { action: "reset-failed" }, options)),
    );
  declare(
    program,
    "reload",
    "ask units to reload their configuration",
    "Runs ExecReload= of units on their machines, like systemctl reload, and waits until the reload has finished.",
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
    .argument("<unit...>", "unit names, patterns over unit names in the cluster, or UNIT@MACHINE")
    .addOption(machine());
}

async function kill(
  context: Context,
  args: readonly string[],
  { signal, killWhom, killWho = killWhom, machine: wanted }: KillOptions,
): Promise<number> {
  // Imported here so that `help` does not load the client.
  const { signalNumber } = await import("@flotilla/api/client");
  if (signalNumber(signal) === undefined)
    throw new UsageError(`unknown signal --signal=${signal}: use a name or number such as HUP, SIGHUP or 1`);
  return act(context, args, { action: "kill", signal, whom: killWho }, { machine: wanted });
}

/** Prints nothing on success, like systemctl. */
async function act(
  context: Context,
  args: readonly string[],
  body: UnitActionBody,
  { machine }: ActOptions,
): Promise<number> {
  const { signal } = context;
  const failures = new Failures(context);
  const found = await resolveUnitsOrCopies(await context.client(), args, {
    machine,
    onUnknown: failures.add,
    signal,
  });
  const targets = withoutUnplacedMatches(context, args, found);
  const succeeded = await inParallel(targets, (target) => actOnUnitOrCopy(context, target, body));
  return succeeded.every(Boolean) && !failures.any ? exitCode.ok : exitCode.failed;
}

/**
 * Performs an action on the machines of a unit, or on one of them, and reports failures.
 *
 * @returns whether all succeeded.
 */
export async function actOnUnitOrCopy(
  context: Context,
  target: KnownUnitOrCopy,
  body: UnitActionBody,
): Promise<boolean> {
  const client = await context.client();
  const { name } = target.unit;
  const [only, ...others] = machinesOf(target);
  const machine = target.machine ?? (others.length === 0 ? only : undefined);
  try {
    const results = await client.actOnUnit(
      name,
      { ...body, ...(machine !== undefined && { machine }) },
      context.signal,
    );
    const machines = new MachineLegends(client, context.signal);
    for (const { machineID, message } of results.filter(({ ok }) => !ok))
      context.tell(`cannot ${body.action} unit ${name} on ${await machines.legend(machineID)}: ${message}`);
    return results.every(({ ok }) => ok);
  } catch (error) {
    if (!isApiError(error)) throw error;
    context.tell(
      [`cannot ${body.action} unit ${name}: ${error.message}`, ...error.reasons.map((reason) => `  ${reason}`)].join(
        "\n",
      ),
    );
    return false;
  }
}
