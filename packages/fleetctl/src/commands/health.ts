import { type HealthAnswer, type HealthFinding, shortMachineID } from "@flotilla/api/client";
import { InvalidArgumentError } from "commander";
import { messageOf } from "@flotilla/runtime";
import { exitCode } from "../exit-code.ts";
import { MachineLegends } from "../cluster/machine-legends.ts";
import type { Context } from "../context.ts";
import { writeJson } from "../output/json.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface HealthOptions {
  /** Seconds. */
  readonly wait: number;
  readonly output: "text" | "json";
}

/** The exit code if nobody can tell whether the cluster is healthy. */
const CANNOT_TELL = 2;

/** Between two questions of --wait, milliseconds. */
const PAUSE_MS = 1_000;

export const declareHealth: Declare = (program, run) => {
  program
    .command("health")
    .summary("tell what is wrong in the cluster, with an exit code")
    .description(
      "Shows what is wrong: wanted units that do not run, machines that are away, holds, the leader, the store, " +
        "certificates that end soon, clocks that differ; and notes machines that are cordoned or draining, and versions that " +
        "differ. Exits with 0 if the cluster is healthy, 1 if something is wrong, 2 if it cannot tell.",
    )
    .option("--wait <seconds>", "wait up to this long until the cluster is healthy", seconds, 0)
    .addOption(output())
    .addHelpText("after", examples("fleetctl health", "fleetctl start units/ && fleetctl health --wait 60"))
    .action((options: HealthOptions) => run((context) => health(context, options)));
};

function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("Use a whole number of seconds.");
  return Number(text);
}

async function health(context: Context, { wait, output: format }: HealthOptions): Promise<number> {
  const { clock, stdout } = context.environment;
  const deadline = clock.monotonic() + wait * 1_000;
  for (;;) {
    const answer = await ask(context);
    const isOver = clock.monotonic() >= deadline;
    if (typeof answer !== "string" && (isOver || answer.state === "healthy")) {
      if (format === "json") writeJson(stdout, answer);
      else for (const line of await linesOf(context, answer)) context.print(line);
      return { healthy: exitCode.ok, unhealthy: exitCode.failed, unknown: CANNOT_TELL }[answer.state];
    }
    if (isOver && typeof answer === "string") {
      context.tell(`cannot tell whether the cluster is healthy: ${answer}`);
      return CANNOT_TELL;
    }
    await clock.sleep(PAUSE_MS, context.signal);
  }
}

/** Returns why nobody answers, instead of an answer. */
async function ask(context: Context): Promise<HealthAnswer | string> {
  try {
    return await (await context.client()).getHealth(context.signal);
  } catch (error) {
    context.signal.throwIfAborted();
    return messageOf(error);
  }
}

async function linesOf(context: Context, answer: HealthAnswer): Promise<readonly string[]> {
  const { state, findings, machines, units, leader, store, storeMs } = answer;
  const legends = new MachineLegends(await context.client(), context.signal);
  const lines = findings.map(
    async ({ level, about, subject, message }) =>
      `${MARKS[level]} ${about}: ${await named(subject, legends)}${message}`,
  );
  const leads = leader === undefined ? "none" : await legends.legend(leader);
  return [
    `${state}: ${machines} machines, ${units} wanted units; leader ${leads}; store ${store} answers in ${storeMs} ms`,
    ...(await Promise.all(lines)),
  ];
}

const MARKS: Readonly<Record<HealthFinding["level"], string>> = { wrong: "WRONG", unknown: "UNKNOWN", note: "note" };

/** A machine with its address; another subject as it is. */
async function named(subject: string, legends: MachineLegends): Promise<string> {
  if (subject === "") return "";
  const isMachine = !subject.includes(".") && shortMachineID(subject) !== subject;
  return `${isMachine ? await legends.legend(subject) : subject} `;
}
