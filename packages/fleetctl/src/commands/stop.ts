import { takeDown, type TakeDownOptions } from "../submit/take-down.ts";
import { blockAttempts, type Declare, examples, noBlock } from "./declaration.ts";

export const declareStop: Declare = (program, run) => {
  program
    .command("stop")
    .summary("stop units; they stay on their machines")
    .description(
      "Stops units and waits until they have stopped. They stay loaded on their machines and can be started again.",
    )
    .argument("<unit...>", "names, or patterns over the names that the cluster knows")
    .addOption(noBlock())
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl stop redis.service", "fleetctl stop 'web@*'"))
    .action((units: string[], options: TakeDownOptions) => run((context) => takeDown(context, "stop", units, options)));
};
