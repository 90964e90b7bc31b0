import { exitCode } from "../exit-code.ts";
import { versionLine } from "../version.ts";
import { type Declare, examples } from "./declaration.ts";

export const declareVersion: Declare = (program, run) => {
  program
    .command("version")
    .summary("print the version of fleetctl")
    .description("Prints the version of fleetctl.")
    .addHelpText("after", examples("fleetctl version"))
    .action(() =>
      run((context) => {
        context.print(versionLine);
        return Promise.resolve(exitCode.ok);
      }),
    );
};
