import type { EditMetadataBody, MachineNames } from "@flotilla/api/client";
import { UsageError } from "../command-error.ts";
import { MACHINE_ARGUMENT, machineNamed } from "../cluster/machine-named.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

/** machine-id(5): 32 hexadecimal digits. */
const WHOLE_ID = /^[0-9a-f]{32}$/;

export const declareMetadata: Declare = (program, run) => {
  const metadata = program
    .command("metadata")
    .summary("change the metadata of a machine")
    .description(
      "Changes the metadata of a machine at run time. Units that the change affects are placed or moved at once. Metadata that is set here takes " +
        "precedence over the machine's fleet.conf, and survives restarts of the machine.",
    )
    .addHelpText(
      "after",
      examples("fleetctl metadata set 113f16a7 disk=ssd region=eu", "fleetctl metadata reset 113f16a7 disk"),
    );
  metadata
    .command("set")
    .summary("set metadata of a machine")
    .description("Sets metadata of a machine. A value takes precedence over the machine's fleet.conf.")
    .argument("<machine>", MACHINE_ARGUMENT)
    .argument("<key=value...>")
    .addHelpText("after", examples("fleetctl metadata set 113f16a7 disk=ssd region=eu"))
    .action((machine: string, pairs: string[]) => run((context) => edit(context, machine, { set: pairsOf(pairs) })));
  metadata
    .command("unset")
    .summary("remove metadata from a machine")
    .description(
      "Removes metadata from a machine, including keys from its fleet.conf. To restore keys of fleet.conf, use metadata reset.",
    )
    .argument("<machine>", MACHINE_ARGUMENT)
    .argument("<key...>")
    .addHelpText("after", examples("fleetctl metadata unset 113f16a7 disk"))
    .action((machine: string, keys: string[]) =>
      run((context) => edit(context, machine, { unset: keys.map(checkedKey) })),
    );
  metadata
    .command("reset")
    .summary("restore the metadata of a machine's fleet.conf")
    .description(
      "Drops the changes of metadata set and unset, for the given keys or for all keys. The values of the machine's " +
        "fleet.conf apply again. Without keys, also removes all settings of a machine that will not return.",
    )
    .argument("<machine>", `${MACHINE_ARGUMENT}; the machine need not be in the cluster`)
    .argument("[key...]", "keys to restore; all if none is given")
    .addHelpText("after", examples("fleetctl metadata reset 113f16a7 disk", "fleetctl metadata reset 113f16a7"))
    .action((machine: string, keys: string[]) => run((context) => reset(context, machine, keys.map(checkedKey))));
};

async function edit(context: Context, machine: string, body: EditMetadataBody): Promise<number> {
  const client = await context.client();
  await client.editMachineMetadata(await resolveMachine(context, machine), body, context.signal);
  return exitCode.ok;
}

async function reset(context: Context, name: string, keys: readonly string[]): Promise<number> {
  const client = await context.client();
  const machine = await resolveSetMachine(context, name);
  if (keys.length > 0) await client.editMachineMetadata(machine, { reset: [...keys] }, context.signal);
  else await client.forgetMachineMetadata(machine, context.signal);
  return exitCode.ok;
}

/** A whole ID may belong to a machine that is away; other names match machines in the cluster only. */
async function resolveMachine(context: Context, name: string): Promise<string> {
  if (WHOLE_ID.test(name)) return name;
  const { items } = await (await context.client()).listMachines(context.signal);
  return machineNamed(items, name).id;
}

/** Like resolveMachine, but a beginning of an ID also matches machines that are away and have settings. */
async function resolveSetMachine(context: Context, name: string): Promise<string> {
  if (WHOLE_ID.test(name)) return name;
  const client = await context.client();
  const [{ items }, { machines }] = await Promise.all([
    client.listMachines(context.signal),
    client.getBackup(context.signal),
  ]);
  const here = new Set(items.map(({ id }) => id));
  return machineNamed<MachineNames>([...items, ...machines.filter(({ id }) => !here.has(id))], name).id;
}

function pairsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
      if (key === undefined || value === undefined)
        throw new UsageError(`cannot read ${JSON.stringify(pair)}: not of the form key=value`);
      if (/\p{Cc}/u.test(value))
        throw new UsageError(
          `cannot set ${key} to ${JSON.stringify(value)}: the value has a control character; remove it`,
        );
      return [checkedKey(key), value];
    }),
  );
}

/** Applies the API's rule before any request. */
function checkedKey(key: string): string {
  if (/^(?!__proto__$)[A-Za-z0-9_.-]+$/.test(key)) return key;
  throw new UsageError(
    `cannot use ${JSON.stringify(key)} as a metadata key: keys consist of A-Z a-z 0-9 _ . and -, and __proto__ is reserved`,
  );
}
