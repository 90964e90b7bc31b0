import { resolveWantedUnits } from "../arguments/wanted-units.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { putUnits } from "../submit/put-units.ts";
import { replaceTemplates } from "../submit/replace-templates.ts";
import { refuseReplacing } from "../submit/refuse-replacing.ts";
import { type Declare, examples, replace, sign } from "./declaration.ts";
import { refuseSign } from "../submit/refuse-sign.ts";

interface SubmitOptions {
  readonly replace: boolean;
  readonly sign?: boolean;
}

export const declareSubmit: Declare = (program, run) => {
  program
    .command("submit")
    .summary("submit units to the cluster without starting them")
    .description(
      "Submits units to the cluster without placing or starting them. Existing units do not change without --replace.",
    )
    .argument("<unit...>", "unit files, or names of units with a local file")
    .addOption(replace())
    .addOption(sign())
    .addHelpText("after", examples("fleetctl submit redis.service", "fleetctl submit units/*"))
    .action((units: string[], options: SubmitOptions) => run((context) => submit(context, units, options)));
};

async function submit(context: Context, args: readonly string[], options: SubmitOptions): Promise<number> {
  refuseSign(options);
  const { environment, signal } = context;
  const client = await context.client();
  const { units, templates } = await resolveWantedUnits(client, args, {
    directory: environment.directory,
    replace: options.replace,
    templates: true,
    signal,
  });
  if (options.replace) refuseReplacing("submit", units);
  const areTemplatesPut = await replaceTemplates(context, templates);
  // A known unit keeps its desired state. One made from a template in the cluster needs a request of its own.
  const fromTemplates = units.filter(({ known, local }) => !known && !local);
  const others = units.filter((unit) => !fromTemplates.includes(unit));
  const put = [
    ...(await putUnits(context, others, { desired: undefined, replace: options.replace })),
    ...(await putUnits(context, fromTemplates, { desired: "inactive", replace: false })),
  ];
  const sent = units.filter(({ known, local }) => local || !known);
  return areTemplatesPut && put.length === sent.length ? exitCode.ok : exitCode.failed;
}
