import { isVerb, VERBS } from "@flotilla/access";
import { UsageError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { writeJson } from "../output/json.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface Options {
  readonly output: "text" | "json";
}

export const declareAuth: Declare = (program, run) => {
  const auth = program
    .command("auth")
    .summary("show who you are and what you may do")
    .description("Shows what the cluster allows with the present --token, certificate or socket.")
    .addHelpText("after", examples("fleetctl auth can-i start web.service", "fleetctl auth whoami"));
  auth
    .command("can-i")
    .summary("tell whether you may do something")
    .description(
      `Prints yes or no with the reason, and exits with 0 or 1. The verbs: ${Object.keys(VERBS).join(", ")}.`,
    )
    .argument("<verb>", "what to do")
    .argument("[unit]", "the unit, for a verb on units; default any unit")
    .addOption(output())
    .addHelpText("after", examples("fleetctl auth can-i start web.service"))
    .action((verb: string, unit: string | undefined, options: Options) =>
      run((context) => canI(context, verb, unit, options)),
    );
  auth
    .command("whoami")
    .summary("show who you are to the cluster")
    .addOption(output())
    .addHelpText("after", examples("fleetctl auth whoami"))
    .action((options: Options) => run((context) => whoAmI(context, options)));
};

async function canI(context: Context, verb: string, unit: string | undefined, options: Options): Promise<number> {
  if (!isVerb(verb)) throw new UsageError(`unknown verb ${verb}; use one of ${Object.keys(VERBS).join(", ")}`);
  const client = await context.client();
  const answer = await client.canI({ verb, ...(unit !== undefined && { unit }) }, context.signal);
  if (options.output === "json") writeJson(context.environment.stdout, answer);
  else context.print(answer.allowed ? "yes" : `no: ${answer.reason ?? ""}`);
  return answer.allowed ? exitCode.ok : exitCode.failed;
}

async function whoAmI(context: Context, options: Options): Promise<number> {
  const client = await context.client();
  const { kind, name, ...grant } = await client.whoAmI(context.signal);
  if (options.output === "json") {
    writeJson(context.environment.stdout, { kind, ...(name !== undefined && { name }), ...grant });
    return exitCode.ok;
  }
  context.print([kind, name].filter(Boolean).join(" "));
  if (kind === "machine") context.print("  may: show this machine and its units; for more, give a token");
  for (const [field, value] of Object.entries(grant)) context.print(`  ${field}: ${shown(value)}`);
  return exitCode.ok;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
