import { copyLike, takesNoCopies } from "../arguments/copy-like.ts";
import { unitNameOf } from "../arguments/unit-argument.ts";
import { isRefusal } from "../cluster/api-refusal.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { writeJson } from "../output/json.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface CatOptions {
  readonly output: "text" | "json";
}

export const declareCat: Declare = (program, run) => {
  program
    .command("cat")
    .summary("print a unit file as submitted")
    .description("Prints the file of a unit, byte for byte as submitted.")
    .argument("<unit>", "name of a unit")
    .addOption(output())
    .addHelpText("after", examples("fleetctl cat redis.service", "fleetctl cat web@.service > web@.service"))
    .action((unit: string, options: CatOptions) => run((context) => cat(context, unit, options)));
};

async function cat(context: Context, argument: string, options: CatOptions): Promise<number> {
  const name = unitNameOf(argument);
  const client = await context.client();
  try {
    const file = await client.getUnitFile(name, context.signal);
    if (options.output === "json") writeJson(context.environment.stdout, { name, file });
    else context.environment.stdout.write(file);
    return exitCode.ok;
  } catch (error) {
    if (!isRefusal(error, "unit-not-found")) throw error;
    const copy = copyLike(argument);
    throw new CommandError(copy ? takesNoCopies(copy) : `Unit ${name} not found`);
  }
}
