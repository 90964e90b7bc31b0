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
    .summary("restore units and machine settings from a backup")
    .description(
      "Submits every unit of a backup with its desired state, and applies the settings of machines. Other units of the " +
        "cluster stay. If the cluster already has a unit or setting of the backup that differs, nothing is restored without " +
        "--replace.",
    )
    .argument("<file>", "file that fleetctl backup has written; - is standard input")
    .addOption(replace("overwrite units and settings that differ"))
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
      ["nothing was restored: the cluster differs from the backup (use --replace to overwrite):", ...differing].join(
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

/** Machine settings go first: units may depend on them. */
async function restoreMachines(context: Context, { machines }: Backup): Promise<void> {
  const client = await context.client();
  await inParallel(machines, async ({ id, metadata }) => {
    const entries = Object.entries(metadata);
    const set = Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
    const unset = entries.filter(([, value]) => value === null).map(([key]) => key);
    await client.editMachineMetadata(id, { set, unset }, context.signal);
  });
}

/** Resolves to the number of units that the cluster has accepted. */
async function restoreUnits(context: Context, { units }: Backup, { replace }: RestoreOptions): Promise<number> {
  const client = await context.client();
  const gathered = new GatheredWarnings();
  const put = async ({ name, desiredState, file }: Backup["units"][number]): Promise<boolean> => {
    try {
      const { warnings, differs } = await client.putUnit(name, { file, desiredState, replace }, context.signal);
      gathered.add(name, warnings);
      if (differs) context.tell(`cannot restore unit ${name}: another client has just submitted a different file`);
      return !differs;
    } catch (error) {
      if (!isApiError(error)) throw error;
      context.tell(`cannot restore unit ${name}: ${error.message}`);
      return false;
    }
  };
  const restored = await inParallel(units, put);
  gathered.tell(context);
  return restored.filter(Boolean).length;
}
