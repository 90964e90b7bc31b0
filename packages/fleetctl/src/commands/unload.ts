import { takeDown, type TakeDownOptions } from "../submit/take-down.ts";
import { blockAttempts, type Declare, examples, noBlock } from "./declaration.ts";

export const declareUnload: Declare = (program, run) => {
  program
    .command("unload")
    .summary("stop units and unload them from their machines")
    .description(
      "Stops units and unloads them from their machines, and waits until that is done. The units stay in the cluster.",
    )
    .argument("<unit...>", "unit names, or patterns over unit names in the cluster")
    .addOption(noBlock())
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl unload redis.service"))
    .action((units: string[], options: TakeDownOptions) =>
      run((context) => takeDown(context, "unload", units, options)),
    );
};
