import { counted } from "@flotilla/unit";
import type { Backup } from "@flotilla/api/client";
import { differences } from "../backup/differences.ts";
import { readBackup } from "../backup/read-backup.ts";
import { isApiError } from "../cluster/api-refusal.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { GatheredWarnings } from "../submit/gathered-warnings.ts";
import { type Declare, examples, replace } from "./declaration.ts";

export const declareRestore: Declare = (program, run) => {
  program
    .command("restore")
    .summary("ask of the cluster what a backup says")
    .description(
      "Submits every unit of a backup with its desired state, and sets what was set for machines. What else the " +
        "cluster knows stays. If the cluster has a unit of the backup in another form, nothing is done without " +
        "--replace.",
    )
    .argument("<file>", "what fleetctl backup has written; - is standard input")
    .addOption(replace("let the backup take the place of what differs"))
    .addHelpText("after", examples("fleetctl restore cluster.json", "zcat cluster.json.gz | fleetctl restore -"))
    .action((path: string, options: RestoreOptions) => run((context) => restore(context, path, options)));
};

interface RestoreOptions {
  readonly replace: boolean;
}

async function restore(context: Context, path: string, options: RestoreOptions): Promise<number> {
  const intent = await readBackup(context.environment, path);
  const client = await context.client();
  const differing = differences(intent, await client.getBackup(context.signal));
  if (differing.length > 0 && !options.replace) {
    throw new CommandError(
      ["Nothing was restored, since the cluster has in another form (--replace overwrites):", ...differing].join(
        "\n  ",
      ),
    );
  }
  await restoreMachines(context, intent);
  const restored = await restoreUnits(context, intent, options);
  context.print(
    `Restored ${restored} of ${counted(intent.units.length, "unit")} and the settings of ${counted(intent.machines.length, "machine")}`,
  );
  return restored === intent.units.length ? exitCode.ok : exitCode.failed;
}

/** Before the units, which may ask for what is set. */
async function restoreMachines(context: Context, { machines }: Backup): Promise<void> {
  const client = await context.client();
  await inParallel(machines, async ({ id, metadata }) => {
    const entries = Object.entries(metadata);
    const set = Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
    const unset = entries.filter(([, value]) => value === null).map(([key]) => key);
    await client.editMachineMetadata(id, { set, unset }, context.signal);
  });
}

/** Resolves to how many the cluster has taken. */
async function restoreUnits(context: Context, { units }: Backup, { replace }: RestoreOptions): Promise<number> {
  const client = await context.client();
  const gathered = new GatheredWarnings();
  const put = async ({ name, desiredState, file }: Backup["units"][number]): Promise<boolean> => {
    try {
      const { warnings, differs } = await client.putUnit(name, { file, desiredState, replace }, context.signal);
      gathered.add(name, warnings);
      if (differs) context.tell(`${name} was not restored: somebody else has just submitted it in another form.`);
      return !differs;
    } catch (error) {
      if (!isApiError(error)) throw error;
      context.tell(`${name} was not restored: ${error.message}`);
      return false;
    }
  };
  const restored = await inParallel(units, put);
  gathered.tell(context);
  return restored.filter(Boolean).length;
}
