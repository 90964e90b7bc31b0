import { UsageError } from "../../command-error.ts";
import type { Context } from "../../context.ts";
import { savedContext } from "../../contexts/chosen-clusters.ts";
import { exitCode } from "../../exit-code.ts";
import { type Declare, examples } from "../declaration.ts";
import { changeSaved } from "./change-saved.ts";

export const declareUse: Declare = (context, run) => {
  context
    .command("use")
    .summary("make a context the current one")
    .description("Makes a context the current one, which is used without --context.")
    .argument("[context]", "the name of a saved context")
    .option("--none", "use no context", false)
    .addHelpText("after", examples("fleetctl context use prod", "fleetctl context use --none"))
    .action((name: string | undefined, { none }: { readonly none: boolean }) =>
      run((one) => {
        if ((name === undefined) !== none) throw new UsageError("give the name of a context, or --none");
        return use(one, name);
      }),
    );
};

async function use(context: Context, name: string | undefined): Promise<number> {
  await changeSaved(context, (saved) => {
    if (name !== undefined) savedContext(saved, name);
    return { ...saved, current: name };
  });
  return exitCode.ok;
}
