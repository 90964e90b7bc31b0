import { bringUp, type BringUpOptions } from "../submit/bring-up.ts";
import { blockAttempts, type Declare, examples, noBlock, replace, sign } from "./declaration.ts";
import { refuseSign } from "../submit/refuse-sign.ts";

interface StartOptions extends BringUpOptions {
  readonly sign?: boolean;
}

export const declareStart: Declare = (program, run) => {
  program
    .command("start")
    .summary("submit, place and start units")
    .description(
      "Submits units that are new to the cluster, places them on machines that fit, starts them, and waits until they are active. Explains why a unit cannot be placed or fails to start.",
    )
    .argument("<unit...>", "unit files, unit names, or patterns over unit names in the cluster")
    .addOption(noBlock())
    .addOption(blockAttempts())
    .addOption(replace())
    .addOption(sign())
    .addHelpText(
      "after",
      examples("fleetctl start redis.service", "fleetctl start web@1 web@2 web@3", "fleetctl start --replace units/*"),
    )
    .action((units: string[], options: StartOptions) =>
      run(async (context) => {
        refuseSign(options);
        return bringUp(context, "start", units, options);
      }),
    );
};
