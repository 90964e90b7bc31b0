import type { ApiError, AttemptEntity, UnitStatus } from "@flotilla/api/client";
import { matchesGlob } from "@flotilla/unit";
import { copyLike, hasNoCopy } from "../arguments/copy-like.ts";
import { type UnitOrCopy, parseUnitOrCopy } from "../arguments/unit-or-copy.ts";
import { resolveKnownUnits, UnknownUnitsError } from "../arguments/known-units.ts";
import { isPattern } from "../arguments/unit-argument.ts";
import { isRefusal } from "../cluster/api-refusal.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { MachineLegends } from "../cluster/machine-legends.ts";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { writeJson } from "../output/json.ts";
import { type Declare, examples, machine, output, sshPort } from "./declaration.ts";

interface StatusOptions {
  readonly machine?: string;
  readonly output: "text" | "json";
}

/** The output of `systemctl status` on a machine, with the cluster's knowledge. */
interface ShownStatus extends UnitStatus {
  /** Why the unit's copy there differs from its desired state, in the words of `start`. */
  readonly problem?: string;
}

/** The statuses of one unit on its machines, or why there are none. */
interface Answer {
  readonly name: string;
  readonly statuses: readonly ShownStatus[];
  /** The machines on which the unit kept failing. */
  readonly attempts: readonly AttemptEntity[];
  readonly problem?: { readonly code: number; readonly lines: readonly string[] };
}

export const declareStatus: Declare = (program, run) => {
  program
    .command("status")
    .summary("show the systemd status of units")
    .description(
      "Shows the output of `systemctl status` for each unit on its machine. The exit code is systemctl's: 0 active, " +
        "3 not active or not loaded, 4 no such unit.",
    )
    .argument("<unit...>", "unit names, patterns over unit names in the cluster, or UNIT@MACHINE")
    .addOption(machine())
    .addOption(output())
    .addOption(sshPort())
    .addHelpText("after", examples("fleetctl status redis.service", "fleetctl status heartbeat.service@113f16a7"))
    .action((units: string[], options: StatusOptions) => run((context) => status(context, units, options)));
};

async function status(context: Context, args: readonly string[], options: StatusOptions): Promise<number> {
  const patterns = args.filter(isPattern);
  const client = await context.client();
  const unknown: string[] = [];
  const { units } = await resolveKnownUnits(client, patterns, {
    templates: false,
    isForReading: true,
    onUnknown: (line) => unknown.push(line),
    signal: context.signal,
  }).catch((error: unknown) => {
    if (!(error instanceof UnknownUnitsError)) throw error;
    unknown.push(...error.lines);
    return { units: [] };
  });
  const namesOf = (argument: string): readonly string[] =>
    isPattern(argument) ? units.map(({ name }) => name).filter((name) => matchesGlob(argument, name)) : [argument];
  const targets = args.flatMap(namesOf).map((argument) => parseUnitOrCopy(argument, options.machine));
  const answers = await inParallel(targets, (target) => ask(context, target));
  if (options.output === "json") {
    writeJson(
      context.environment.stdout,
      answers.map(({ name, statuses, attempts, problem }) => ({
        name,
        statuses,
        attempts,
        ...(problem && { problem: problem.lines.map((line) => line.trim()) }),
      })),
    );
  } else {
    await writeTexts(context, answers);
  }
  for (const line of [...answers.flatMap(({ problem }) => problem?.lines ?? []), ...unknown]) context.tell(line);
  // Like systemctl: the first code that is not 0.
  const codes = answers.flatMap(({ statuses, problem }) => [problem?.code ?? 0, ...statuses.map(({ code }) => code)]);
  return codes.find((code) => code !== 0) ?? (unknown.length > 0 ? exitCode.unknownUnit : exitCode.ok);
}

async function ask(context: Context, { unit: name, machine }: UnitOrCopy): Promise<Answer> {
  const client = await context.client();
  try {
    const [statuses, { attempts = [], states }] = await Promise.all([
      client.getUnitStatus(name, machine === undefined ? {} : { machine }, context.signal),
      client.getUnit(name, context.signal),
    ]);
    const problems = new Map(states.map(({ machineID, problem }) => [machineID, problem]));
    return { name, statuses: statuses.map((status) => shownStatus(status, problems.get(status.machineID))), attempts };
  } catch (error) {
    if (isRefusal(error, "unit-not-found")) {
      const copy = copyLike(name);
      const lines = [`Unit ${name} does not exist.`, ...(copy ? [hasNoCopy(copy)] : [])];
      const problem = { code: exitCode.unknownUnit, lines };
      return { name, statuses: [], attempts: [], problem };
    }
    const isUnplaced = isRefusal(error, "not-placed");
    if (!isUnplaced && !ABOUT_ONE.some((id) => isRefusal(error, id))) throw error;
    const { message, reasons } = error as ApiError;
    const why = message.includes(name) ? message : `cannot show unit ${name}: ${message}`;
    const first = isUnplaced ? `Unit ${name} does not appear to be loaded.` : why;
    const lines = [first, ...reasons.map((reason) => `  ${reason}`)];
    const code = isUnplaced ? exitCode.inactive : exitCode.failed;
    return { name, statuses: [], attempts: [], problem: { code, lines } };
  }
}

/** Errors about one unit, which must not hide the status of the others. */
const ABOUT_ONE = ["unit-unreadable", "machine-unreachable", "machine-not-found", "ambiguous-machine"] as const;

/** Maps systemctl's "no such unit" to "inactive": the cluster knows the unit, even if a machine's systemd does not. */
function shownStatus({ code, ...status }: UnitStatus, problem = ""): ShownStatus {
  return {
    ...status,
    code: code === exitCode.unknownUnit ? exitCode.inactive : code,
    ...(problem !== "" && { problem }),
  };
}

/** Separates statuses by a blank line, like systemctl, and heads each copy of a unit with its machine. */
async function writeTexts(context: Context, answers: readonly Answer[]): Promise<void> {
  const machines = new MachineLegends(await context.client(), context.signal);
  const blocks: string[] = [];
  for (const { statuses, attempts } of answers) {
    for (const { machineID, text, problem } of statuses) {
      const heading = statuses.length > 1 ? `On ${await machines.legend(machineID)}:\n` : "";
      // Placed and aligned like a line of systemctl.
      const last = problem === undefined || text.includes(problem) ? "" : `    Problem: ${problem}\n`;
      blocks.push(`${heading}${text.replace(/\n*$/, "")}\n${last}`);
    }
    if (attempts.length > 0) {
      const lines = attempts.map(
        async ({ at, machineID, reason }) => `  ${at} on ${await machines.legend(machineID)}: ${reason}\n`,
      );
      blocks.push(`Failed attempts:\n${(await Promise.all(lines)).join("")}`);
    }
  }
  context.environment.stdout.write(blocks.join("\n"));
}
