import { unitFilesIn, unitFilesLike } from "../arguments/files-in.ts";
import { isPattern } from "../arguments/unit-argument.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { writeJson } from "../output/json.ts";
import { hostVerdict } from "../submit/host-verdict.ts";
import { type FileVerdict, verifyFile } from "../submit/verify-file.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface VerifyOptions {
  readonly strict: boolean;
  readonly host: boolean;
  readonly output: "text" | "json";
}

export const declareVerify: Declare = (program, run) => {
  program
    .command("verify")
    .summary("check unit files for errors and warnings")
    .description(
      "Checks whether a cluster would accept local unit files, and warns of options without effect and of likely mistakes. " +
        "Needs no cluster and changes nothing. Exits with 1 if a cluster would refuse a file, with --strict also if there " +
        "is a warning.",
    )
    .argument("<unit-file...>", "unit files, directories with a slash, or patterns over local files")
    .option("--strict", "treat warnings as errors", false)
    .option("--host", "also print what systemd-analyze verify of this host says", false)
    .addOption(output())
    .addHelpText("after", examples("fleetctl verify redis.service", "fleetctl verify --strict units/"))
    .action((files: string[], options: VerifyOptions) => run((context) => verify(context, files, options)));
};

async function verify(
  context: Context,
  args: readonly string[],
  { strict, host, output }: VerifyOptions,
): Promise<number> {
  const { directory, stdout } = context.environment;
  const named = await Promise.all(args.map((argument) => filesOf(directory, argument)));
  const files = [...new Set(named.flat())];
  const verdicts = await inParallel(files, (file) => verifyFile(directory, file));
  if (output === "json") writeJson(stdout, verdicts.map(entryOf));
  else for (const line of verdicts.flatMap(linesOf)) context.print(line);
  if (host) for (const line of await hostVerdict(context, files)) context.tell(line);
  const isBad = ({ error, warnings }: FileVerdict): boolean => error !== undefined || (strict && warnings.length > 0);
  return verdicts.some(isBad) ? exitCode.failed : exitCode.ok;
}

async function filesOf(directory: string, argument: string): Promise<readonly string[]> {
  if (isPattern(argument)) {
    const found = await unitFilesLike(directory, argument);
    if (found.length === 0) throw new CommandError(`no local unit file matches ${argument}`);
    return found;
  }
  const found = await unitFilesIn(directory, argument);
  if (found?.length === 0) throw new CommandError(`cannot find unit files in directory ${argument}`);
  return found ?? [argument];
}

function entryOf({ file, unit, error, warnings }: FileVerdict): object {
  return {
    file,
    ...(unit !== undefined && { unit }),
    ok: error === undefined,
    ...(error !== undefined && { error }),
    warnings,
  };
}

function linesOf({ file, error, warnings }: FileVerdict): readonly string[] {
  if (error !== undefined) return [`${file}: error: ${error}`];
  return warnings.length === 0 ? [`${file}: fine`] : warnings.map((warning) => `${file}: warning: ${warning}`);
}
