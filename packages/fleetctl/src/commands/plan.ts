import { FlotillaError, messageOf } from "@flotilla/runtime";
import type { PlanAnswer } from "@flotilla/api/client";
import { resolveWantedUnits, type WantedUnit } from "../arguments/wanted-units.ts";
import type { Context } from "../context.ts";
import { exitCodeOf } from "../exit-code-of.ts";
import { exitCode } from "../exit-code.ts";
import { writeJson } from "../output/json.ts";
import { planLines } from "../output/plan-lines.ts";
import { type Declare, examples, output, replace } from "./declaration.ts";

interface PlanOptions {
  readonly replace: boolean;
  readonly output: "text" | "json";
}

/** As in `diff` and `terraform plan -detailed-exitcode`. */
const planCode = { nothing: 0, changes: 1, refused: 2 } as const;

export const declarePlan: Declare = (program, run) => {
  program
    .command("plan")
    .summary("show what start would do, and change nothing")
    .description(
      "Shows what `fleetctl start` with the same arguments would do: which units it would create or replace, where they " +
        "would go, which other units would move or lose their machine, and what would be refused. Changes nothing. Exits " +
        "with 0 if nothing is to be done, 1 if something would change, 2 if something would be refused.",
    )
    .argument("<unit...>", "unit files, unit names, or patterns over unit names in the cluster")
    .addOption(replace())
    .addOption(output())
    .addHelpText("after", examples("fleetctl plan redis.service", "fleetctl plan --replace units/*"))
    .action((units: string[], options: PlanOptions) =>
      run((context) => orRefused(context, plan(context, units, options))),
    );
};

/** Code 1 means changes, so that a file that cannot be used counts as refused. */
async function orRefused(context: Context, planning: Promise<number>): Promise<number> {
  try {
    return await planning;
  } catch (error) {
    if (!(error instanceof FlotillaError) || exitCodeOf(error) !== exitCode.failed || context.signal.aborted)
      throw error;
    context.tell(messageOf(error));
    return planCode.refused;
  }
}

async function plan(context: Context, args: readonly string[], options: PlanOptions): Promise<number> {
  const { environment, signal } = context;
  const client = await context.client();
  const { units, templates } = await resolveWantedUnits(client, args, {
    directory: environment.directory,
    replace: options.replace,
    templates: true,
    signal,
  });
  for (const warning of units.flatMap(({ warnings }) => warnings)) context.tell(warning);
  const wanted = [...templates, ...units].map((unit) => wantedOf(unit, options.replace));
  const answer = await client.planUnits({ units: wanted }, signal);
  for (const { name, warnings } of answer.units)
    for (const warning of warnings) context.tell(`WARNING: ${name}: ${warning}`);
  if (options.output === "json") writeJson(environment.stdout, answer);
  else for (const line of planLines(answer)) context.print(line);
  return codeOf(answer);
}

function wantedOf({ name, local }: WantedUnit, isReplaced: boolean) {
  return { name, ...(local && { file: local.file.text, replace: isReplaced }) };
}

function codeOf({ changed, refused }: PlanAnswer): number {
  if (refused) return planCode.refused;
  return changed ? planCode.changes : planCode.nothing;
}
