import { takeDown, type TakeDownOptions } from "../submit/take-down.ts";
import { blockAttempts, type Declare, examples, noBlock } from "./declaration.ts";

export const declareUnload: Declare = (program, run) => {
  program
    .command("unload")
    .summary("stop units and take them off their machines")
    .description(
      "Stops units and takes them off their machines, and waits until they are gone from there. The cluster still knows them.",
    )
    .argument("<unit...>", "names, or patterns over the names that the cluster knows")
    .addOption(noBlock())
    .addOption(blockAttempts())
    .addHelpText("after", examples("fleetctl unload redis.service"))
    .action((units: string[], options: TakeDownOptions) =>
      run((context) => takeDown(context, "unload", units, options)),
    );
};
