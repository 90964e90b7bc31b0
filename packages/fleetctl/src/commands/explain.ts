import { resolveKnownUnits } from "../arguments/known-units.ts";
import { inParallel } from "../cluster/in-parallel.ts";
import type { Context } from "../context.ts";
import { type ExplainedEvent, historyLines, historyOf } from "../events/history.ts";
import { exitCode } from "../exit-code.ts";
import { explanationLines } from "../output/explanation-lines.ts";
import { writeJson } from "../output/json.ts";
import { type Declare, examples, output } from "./declaration.ts";

interface ExplainOptions {
  readonly full: boolean;
  readonly history: boolean;
  readonly output: "text" | "json";
}

/** The machines of a group that are shown without --full. */
const FEW = 5;

export const declareExplain: Declare = (program, run) => {
  program
    .command("explain")
    .summary("show why units are where they are, or have no machine")
    .description(
      "Shows for each machine whether it has the unit, could take it and how good it is for the unit, or which rule " +
        "excludes it; and the nearest fix for a unit that no machine can take.",
    )
    .argument("<unit...>", "unit names, or patterns over unit names in the cluster")
    .option("-l, --full", `show all machines of a group, not only ${FEW}`, false)
    .option("--history", "also show what happened to each unit, with the causes, as far as events are kept", false)
    .addOption(output())
    .addHelpText(
      "after",
      examples(
        "fleetctl explain redis.service",
        "fleetctl explain --history redis.service",
        "fleetctl explain --full 'web@*'",
      ),
    )
    .action((units: string[], options: ExplainOptions) => run((context) => explain(context, units, options)));
};

async function explain(context: Context, args: readonly string[], options: ExplainOptions): Promise<number> {
  const client = await context.client();
  const { units } = await resolveKnownUnits(client, args, {
    templates: false,
    isForReading: true,
    signal: context.signal,
  });
  const explanations = await inParallel(units, ({ name }) => client.explainUnit(name, context.signal));
  const histories = options.history ? await inParallel(units, ({ name }) => readHistory(context, name)) : [];
  if (options.output === "json")
    writeJson(
      context.environment.stdout,
      explanations.map((explanation, index) => ({
        ...explanation,
        ...(options.history && { history: histories[index] }),
      })),
    );
  else
    for (const [index, explanation] of explanations.entries()) {
      if (index > 0) context.print("");
      for (const line of explanationLines(explanation, options.full ? Number.POSITIVE_INFINITY : FEW))
        context.print(line);
      const { name = "" } = units[index] ?? {};
      for (const line of options.history ? historyLines(name, histories[index] ?? []) : []) context.print(line);
    }
  return exitCode.ok;
}

/** The most events of one unit. */
const MOST_EVENTS = 1_000;

async function readHistory(context: Context, unit: string): Promise<readonly ExplainedEvent[]> {
  const client = await context.client();
  const { events } = await client.listEvents({ unit, causes: true, limit: MOST_EVENTS }, context.signal);
  return historyOf(unit, events);
}
