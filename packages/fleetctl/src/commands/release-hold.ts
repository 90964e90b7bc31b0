import type { Context } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { type Declare, examples } from "./declaration.ts";

export const declareReleaseHold: Declare = (program, run) => {
  program
    .command("release-hold")
    .summary("let the units of machines that vanished together move")
    .description(
      "When many machines vanish together, their units are not moved for a while, so that the remaining machines are " +
        "not crushed; list-machines says so. This lets them move at once.",
    )
    .addHelpText("after", examples("fleetctl release-hold"))
    .action(() => run((context) => releaseHold(context)));
};

async function releaseHold(context: Context): Promise<number> {
  const client = await context.client();
  const { released } = await client.releaseHold(context.signal);
  context.print(released ? "The units of the machines that vanished move now" : "Nothing is held");
  return exitCode.ok;
}
