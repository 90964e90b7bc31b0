import type { Context } from "../../context.ts";
import { savedContext } from "../../contexts/chosen-clusters.ts";
import { exitCode } from "../../exit-code.ts";
import { type Declare, examples } from "../declaration.ts";
import { changeSaved } from "./change-saved.ts";

export const declareRemove: Declare = (context, run) => {
  context
    .command("remove")
    .summary("remove a saved context")
    .description("Removes a context and the secrets in it. The cluster is not asked and not changed.")
    .argument("<context>", "the name of a saved context")
    .addHelpText("after", examples("fleetctl context remove prod"))
    .action((name: string) => run((one) => remove(one, name)));
};

async function remove(context: Context, name: string): Promise<number> {
  let wasCurrent = false;
  await changeSaved(context, (saved) => {
    savedContext(saved, name);
    wasCurrent = saved.current === name;
    const contexts = new Map(saved.contexts);
    contexts.delete(name);
    return { current: wasCurrent ? undefined : saved.current, contexts };
  });
  if (wasCurrent) context.tell(`${name} was the current context; now none is`);
  return exitCode.ok;
}
