import { takeDown, type TakeDownOptions } from "../submit/take-down.ts";
import { blockAttempts, type Declare, examples, noBlock } from "./declaration.ts";

export const declareStop: Declare = (program, run) => {
  program
    .command("stop")
    .summary("stop units, but keep them loaded")
    .description("Stops units and waits until they have stopped. The units stay loaded on their machines.")
    .argument("<unit...>", "unit names, or patterns over unit names in the cluster")
    .addOption(noBlock())
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl stop redis.service", "fleetctl stop 'web@*'"))
    .action((units: string[], options: TakeDownOptions) => run((context) => takeDown(context, "stop", units, options)));
};
