import { bringUp, type BringUpOptions } from "../submit/bring-up.ts";
import { blockAttempts, type Declare, examples, noBlock, replace, sign } from "./declaration.ts";
import { refuseSign } from "../submit/refuse-sign.ts";

interface LoadOptions extends BringUpOptions {
  readonly sign?: boolean;
}

export const declareLoad: Declare = (program, run) => {
  program
    .command("load")
    .summary("load units on machines without starting them")
    .description(
      "Submits units that are new to the cluster, and loads them into systemd on a machine that fits. Does not start them; a timer, a socket or a later fleetctl start starts them.",
    )
    .argument("<unit...>", "unit files, unit names, or patterns over unit names in the cluster")
    .addOption(noBlock())
    .addOption(blockAttempts())
    .addOption(replace())
    .addOption(sign())
    .addHelpText(
      "after",
      examples("fleetctl load backup.service backup.timer", "fleetctl load --no-block web@1.service"),
    )
    .action((units: string[], options: LoadOptions) =>
      run(async (context) => {
        refuseSign(options);
        return bringUp(context, "load", units, options);
      }),
    );
};
