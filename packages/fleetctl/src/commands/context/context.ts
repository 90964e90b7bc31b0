import { type Declare, examples } from "../declaration.ts";
import { declareAdd } from "./add.ts";
import { declareList } from "./list.ts";
import { declareRemove } from "./remove.ts";
import { declareUse } from "./use.ts";

export const declareContext: Declare = (program, run) => {
  const context = program
    .command("context")
    .summary("save clusters under names, and choose one")
    .description(
      "Saves how to reach a cluster under a name, for --context, and makes one the current context, which is used " +
        "without --context. --endpoint and --tunnel, and their variables, take precedence over every context.",
    )
    .addHelpText(
      "after",
      examples(
        "fleetctl context add prod --endpoint https://10.0.0.1:49153 --ca-file ca.pem",
        "fleetctl context use prod",
      ),
    );
  declareAdd(context, run);
  declareList(context, run);
  declareUse(context, run);
  declareRemove(context, run);
};
