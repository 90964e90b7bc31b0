import type { EditMetadataBody } from "@flotilla/api/client";
import { UsageError } from "../command-error.ts";
import { machineLike } from "../cluster/machine-like.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

/** machine-id(5): 32 hexadecimal digits. */
const WHOLE_ID = /^[0-9a-f]{32}$/;

export const declareMetadata: Declare = (program, run) => {
  const metadata = program
    .command("metadata")
    .summary("change metadata of a machine")
    .description(
      "Changes a machine's metadata while it runs; units are placed by it at once. It goes before what fleet.conf says " +
        "there, and outlives the machine's restarts.",
    )
    .addHelpText(
      "after",
      examples("fleetctl metadata set 113f16a7 disk=ssd region=eu", "fleetctl metadata reset 113f16a7 disk"),
    );
  metadata
    .command("set")
    .summary("set metadata of a machine")
    .description(
      "Sets metadata of a machine, over what its fleet.conf says. A value may be changed as often as you like.",
    )
    .argument("<machine>", "its ID or the beginning of it")
    .argument("<key=value...>")
    .addHelpText("after", examples("fleetctl metadata set 113f16a7 disk=ssd region=eu"))
    .action((machine: string, pairs: string[]) => run((context) => edit(context, machine, { set: pairsOf(pairs) })));
  metadata
    .command("unset")
    .summary("take metadata of a machine away")
    .description("Takes metadata of a machine away, also what its fleet.conf says; reset lets that count again.")
    .argument("<machine>", "its ID or the beginning of it")
    .argument("<key...>")
    .addHelpText("after", examples("fleetctl metadata unset 113f16a7 disk"))
    .action((machine: string, keys: string[]) =>
      run((context) => edit(context, machine, { unset: keys.map(checkedKey) })),
    );
  metadata
    .command("reset")
    .summary("let the machine's own fleet.conf count again")
    .description(
      "Drops what set and unset have made of these keys, or of all keys: they are what fleet.conf says on the machine. " +
        "Of a machine that is gone for good nothing is left then.",
    )
    .argument("<machine>", "its ID or the beginning of it; it need not be in the cluster any more")
    .argument("[key...]", "without any, all that was set and unset")
    .addHelpText("after", examples("fleetctl metadata reset 113f16a7 disk", "fleetctl metadata reset 113f16a7"))
    .action((machine: string, keys: string[]) => run((context) => reset(context, machine, keys.map(checkedKey))));
};

async function edit(context: Context, machine: string, body: EditMetadataBody): Promise<number> {
  const client = await context.client();
  await client.editMachineMetadata(await resolveMachine(context, machine), body, context.signal);
  return exitCode.ok;
}

async function reset(context: Context, prefix: string, keys: readonly string[]): Promise<number> {
  const client = await context.client();
  const machine = await resolveSetMachine(context, prefix);
  if (keys.length > 0) await client.editMachineMetadata(machine, { reset: [...keys] }, context.signal);
  else await client.forgetMachineMetadata(machine, context.signal);
  return exitCode.ok;
}

/** A whole ID may be of a machine that is away; the beginning of one stands for a machine that is here. */
async function resolveMachine(context: Context, prefix: string): Promise<string> {
  if (WHOLE_ID.test(prefix)) return prefix;
  const { items } = await (await context.client()).listMachines(context.signal);
  return machineLike(items, prefix).id;
}

/** As resolveMachine; the beginning may also be of a machine that is away and of which something is set. */
async function resolveSetMachine(context: Context, prefix: string): Promise<string> {
  if (WHOLE_ID.test(prefix)) return prefix;
  const client = await context.client();
  const [{ items }, { machines }] = await Promise.all([
    client.listMachines(context.signal),
    client.getBackup(context.signal),
  ]);
  const here = new Set(items.map(({ id }) => id));
  return machineLike([...items, ...machines.filter(({ id }) => !here.has(id))], prefix).id;
}

function pairsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
      if (key === undefined || value === undefined) throw new UsageError(`${JSON.stringify(pair)} is no key=value.`);
      if (/\p{Cc}/u.test(value))
        throw new UsageError(`The value of ${key}, ${JSON.stringify(value)}, has a control character: leave it out.`);
      return [checkedKey(key), value];
    }),
  );
}

/** What the API takes, said before anything is asked. */
function checkedKey(key: string): string {
  if (/^(?!__proto__$)[A-Za-z0-9_.-]+$/.test(key)) return key;
  throw new UsageError(
    `${JSON.stringify(key)} is no metadata key: keys are made of A-Z a-z 0-9 _ . and -, and are not __proto__.`,
  );
}
