import type { ApiError, UnitStatus } from "@flotilla/api/client";
import { matchesGlob } from "@flotilla/unit";
import { copyLike, hasNoCopy } from "../arguments/copy-like.ts";
import { type UnitOrCopy, parseUnitOrCopy } from "../arguments/unit-or-copy.ts";
import { resolveKnownUnits, UnknownUnitsError } from "../arguments/known-units.ts";
import { isPattern } from "../arguments/unit-argument.ts";
import { isRefusal } from "../cluster/api-refusal.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import { noteAgent } from "../cluster/note-agent.ts";
import type { Context } from "../context.ts";
import { inEachCluster } from "../contexts/in-each-cluster.ts";
import { exitCode } from "../exit-code.ts";
import { type Answer, complaintsOf, type Shown, type ShownStatus, textsOf, writeStatuses } from "../output/statuses.ts";
import { type Declare, examples, machine, output, sshPort } from "./declaration.ts";

interface StatusOptions {
  readonly machine?: string;
  readonly output: "text" | "json";
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
  const several = context.several();
  const ask = (one: Context): Promise<Shown> => statusesOf(one, args, options);
  const { answers, code } = several
    ? await inEachCluster(several, ask)
    : { answers: [{ cluster: undefined, answer: await ask(context) }], code: exitCode.ok };
  writeStatuses(context.environment.stdout, answers, options.output);
  for (const { cluster, answer } of answers)
    for (const line of complaintsOf(answer)) context.tell(cluster === undefined ? line : `context ${cluster}: ${line}`);
  return code === exitCode.ok ? codeOf(answers.map(({ answer }) => answer)) : code;
}

/** Like systemctl: the first code that is not 0. */
function codeOf(shown: readonly Shown[]): number {
  const codes = shown
    .flatMap(({ answers }) => answers)
    .flatMap(({ statuses, problem }) => [problem?.code ?? 0, ...statuses.map(({ code }) => code)]);
  const isAnyUnknown = shown.some(({ unknown }) => unknown.length > 0);
  return codes.find((code) => code !== 0) ?? (isAnyUnknown ? exitCode.unknownUnit : exitCode.ok);
}

async function statusesOf(context: Context, args: readonly string[], options: StatusOptions): Promise<Shown> {
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
  return { answers, unknown, texts: options.output === "json" ? [] : await textsOf(context, answers) };
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
      await noteAgent(context);
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
    const more = reasons.length > 0 ? [`  fleetctl explain ${name} names the machines`] : [];
    const lines = [first, ...reasons.map((reason) => `  ${reason}`), ...more];
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
