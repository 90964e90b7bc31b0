import { counted } from "@flotilla/unit";
import type { Context } from "../context.ts";
import { writeStoreBackup } from "../backup/write-store-backup.ts";
import { UsageError } from "../command-error.ts";
import { writeBackup } from "../backup/write-backup.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

export const declareBackup: Declare = (program, run) => {
  program
    .command("backup")
    .summary("save units and machine settings of the cluster to a file")
    .description(
      "Saves every unit with its file and desired state, and the settings of machines, in one consistent snapshot as JSON. " +
        "Only the owner can read the file, since unit files may hold secrets. With --store, saves the whole database of the " +
        "embedded store instead, with the private key of the cluster's certificate authority; fleetd --restore-store puts " +
        "such a file back.",
    )
    .argument("<file>", "file to write; an existing file is replaced; - is standard output")
    .option("--store", "save the database of the embedded store; keep the file secret", false)
    .addHelpText(
      "after",
      examples(
        "fleetctl backup cluster.json",
        "fleetctl backup - | gzip > cluster.json.gz",
        "fleetctl backup --store store.db",
      ),
    )
    .action((path: string, { store }: { store: boolean }) =>
      run((context) => (store ? backupStore(context, path) : backup(context, path))),
    );
};

async function backup(context: Context, path: string): Promise<number> {
  const client = await context.client();
  const intent = await client.getBackup(context.signal);
  const isKept = await writeBackup(context.environment, path, intent);
  const [units, machines] = [counted(intent.units.length, "unit"), counted(intent.machines.length, "machine")];
  const done = `Wrote ${units} and the settings of ${machines} to ${path === "-" ? "standard output" : path}`;
  // With the backup on standard output, the summary goes to stderr.
  if (isKept) context.print(done);
  else context.tell(done);
  for (const name of intent.unreadable) context.tell(`WARNING: unit ${name} is unreadable and not in the backup`);
  return intent.unreadable.length === 0 ? exitCode.ok : exitCode.failed;
}

async function backupStore(context: Context, path: string): Promise<number> {
  if (path === "-")
    throw new UsageError("cannot write the store's database to standard output, since others may read it; name a file");
  const client = await context.client();
  await writeStoreBackup(context.environment, path, await client.getStoreBackup(context.signal));
  context.print(`Wrote the store's database to ${path}; it holds the cluster's private key, so keep it secret`);
  return exitCode.ok;
}
