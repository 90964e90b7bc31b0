import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { messageOf } from "@flotilla/runtime";
import { readLocalUnitFile } from "../arguments/local-unit-file.ts";
import { unitNameOf } from "../arguments/unit-argument.ts";
import { copyLike, takesNoCopies } from "../arguments/copy-like.ts";
import { lookUpUnits } from "../cluster/look-up.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { waitForPut } from "../submit/bring-up.ts";
import { putUnits } from "../submit/put-units.ts";
import { blockAttempts, type Declare, examples, noBlock } from "./declaration.ts";

interface EditOptions {
  readonly block: boolean;
  readonly blockAttempts: number;
}

export const declareEdit: Declare = (program, run) => {
  program
    .command("edit")
    .summary("edit a unit file")
    .description(
      "Opens the file of a unit in $VISUAL or $EDITOR (default: vi) and replaces it with the saved text. A launched unit is " +
        "restarted with the new file, as by start --replace. Nothing changes if the text is not a valid unit file, or if " +
        "another client changed the unit meanwhile; the saved text is then kept in a file.",
    )
    .argument("<unit>", "name of a unit")
    .addOption(noBlock())
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl edit redis.service", "EDITOR=nano fleetctl edit web@.service"))
    .action((unit: string, options: EditOptions) => run((context) => edit(context, unit, options)));
};

async function edit(context: Context, argument: string, options: EditOptions): Promise<number> {
  const name = unitNameOf(argument);
  const digest = (await readUnit(context, name)).unit.digest;
  const before = await (await context.client()).getUnitFile(name, context.signal);
  const directory = await mkdtemp(join(tmpdir(), "fleetctl-edit-"));
  const path = join(directory, name);
  await writeFile(path, before, { mode: 0o600 });
  let isKept = false;
  try {
    await openEditor(context, path);
    isKept = (await readFile(path, "utf8")) !== before;
    if (!isKept) {
      context.tell(`unit ${name} was not changed`);
      return exitCode.ok;
    }
    const waitForIt = await submit(context, name, path, digest);
    isKept = false;
    return await waitForIt(options);
  } catch (error) {
    if (!isKept) throw error;
    throw new CommandError(`${messageOf(error)}\nnothing was changed; your text is in ${path}`, { cause: error });
  } finally {
    if (!isKept) await rm(directory, { recursive: true, force: true });
  }
}

/** The variable may contain arguments, as for git, so a shell runs it. */
async function openEditor({ environment }: Context, path: string): Promise<void> {
  const { VISUAL, EDITOR } = environment.variables;
  const editor = VISUAL || EDITOR || "vi";
  const code = await environment.runProgram(["sh", "-c", `${editor} "$1"`, "fleetctl-edit", path]);
  if (code !== 0) throw new CommandError(`cannot edit: the editor (${editor}) failed with exit code ${code}`);
}

/**
 * Replaces the unit's file, unless the unit has changed since it was read.
 *
 * @returns a function that waits until the new file is in effect.
 */
async function submit(
  context: Context,
  name: string,
  path: string,
  digest: string,
): Promise<(options: EditOptions) => Promise<number>> {
  const local = await readLocalUnitFile(dirname(path), name, path);
  const { unit, revision } = await readUnit(context, name);
  if (unit.digest !== digest)
    throw new CommandError(
      `cannot replace unit ${name}: another client changed it meanwhile; see fleetctl cat ${name}, then edit it again`,
    );
  const { desiredState } = unit;
  const isGlobal = local?.requirements.global ?? unit.global;
  const wanted = { name, argument: path, path, known: unit, local, isGlobal, warnings: [] };
  const put = await putUnits(context, [wanted], { desired: undefined, replace: true });
  if (put.length === 0) throw new CommandError(`cannot replace unit ${name}: the cluster refused the file`);
  return async (options) => {
    if (desiredState === "inactive") return exitCode.ok;
    return waitForPut(context, desiredState === "launched" ? "start" : "load", { put, revision }, options);
  };
}

async function readUnit(context: Context, name: string) {
  const { units, revision } = await lookUpUnits(await context.client(), [name], context.signal);
  const unit = units.get(name);
  if (unit) return { unit, revision };
  const copy = copyLike(name);
  throw new CommandError(copy ? takesNoCopies(copy) : `unit ${name} not found in the cluster`);
}
