import { type RebalanceAnswer, shortMachineID } from "@flotilla/api/client";
import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples, parseCount } from "./declaration.ts";

interface RebalanceOptions {
  readonly dryRun?: boolean;
  readonly max: number;
}

export const declareRebalance: Declare = (program, run) => {
  program
    .command("rebalance")
    .summary("even out the load of the machines by a few moves")
    .description(
      "Moves a few units from the machines with the most units to those with the fewest, where that helps clearly: " +
        "for example after a machine was drained and is back. Each unit stops where it is only when it is up elsewhere. " +
        "Units that are exclusive, pinned to a machine or packed on purpose stay. Run the command again for more moves.",
    )
    .option("--dry-run", "only show the moves")
    .option("--max <n>", "move at most so many units", parseCount, 10)
    .addHelpText("after", examples("fleetctl rebalance --dry-run", "fleetctl rebalance --max 3"))
    .action((options: RebalanceOptions) => run((context) => rebalance(context, options)));
};

async function rebalance(context: Context, { dryRun = false, max }: RebalanceOptions): Promise<number> {
  const client = await context.client();
  const { moves } = await client.rebalance({ dryRun, most: max }, context.signal);
  for (const move of moves) context.print(describe(move, dryRun));
  if (moves.length === 0) context.tell("The load is even: no move would help clearly");
  return exitCode.ok;
}

function describe({ units, from, to, loads }: RebalanceAnswer["moves"][number], dryRun: boolean): string {
  const [first = "", ...others] = units;
  const along = others.length > 0 ? ` with ${others.join(", ")}` : "";
  const verb = dryRun ? "would move" : "moves";
  const [here, there] = [shortMachineID(from), shortMachineID(to)];
  return `Unit ${first}${along} ${verb} from ${here} (${loads[0]} units) to ${there} (${loads[1]} units)`;
}
