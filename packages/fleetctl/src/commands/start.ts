import { bringUp, type BringUpOptions } from "../submit/bring-up.ts";
import { blockAttempts, type Declare, examples, noBlock, replace, sign } from "./declaration.ts";
import { refuseSign } from "../submit/refuse-sign.ts";

interface StartOptions extends BringUpOptions {
  readonly sign?: boolean;
}

export const declareStart: Declare = (program, run) => {
  program
    .command("start")
    .summary("start units, submitting and placing them first")
    .description(
      "Submits units that the cluster does not know, places them on machines that fit, starts them, and waits until they are active. Says why where a unit cannot be placed or fails to start.",
    )
    .argument("<unit...>", "unit files, names, or patterns over the names that the cluster knows")
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
