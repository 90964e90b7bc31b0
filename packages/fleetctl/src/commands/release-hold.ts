import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

export const declareReleaseHold: Declare = (program, run) => {
  program
    .command("release-hold")
    .summary("end a mass-loss hold")
    .description(
      "When many machines vanish together, a mass-loss hold keeps their units in place for a while, so that the remaining " +
        "machines are not overloaded; list-machines shows the hold. This command ends the hold, and the units move at once.",
    )
    .addHelpText("after", examples("fleetctl release-hold"))
    .action(() => run((context) => releaseHold(context)));
};

async function releaseHold(context: Context): Promise<number> {
  const client = await context.client();
  const { released } = await client.releaseHold(context.signal);
  context.print(released ? "Hold released: the units of the lost machines move now" : "No hold is active");
  return exitCode.ok;
}
