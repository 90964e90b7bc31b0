import type { Context } from "../../context.ts";
import { contextsPath, readContexts } from "../../contexts/contexts-file.ts";
import type { SavedContext } from "../../contexts/saved-context.ts";
import { exitCode } from "../../exit-code.ts";
import { writeJson } from "../../output/json.ts";
import { type Columns, writeListing } from "../../output/listing.ts";
import { type Declare, examples, output } from "../declaration.ts";

/** What `context list` shows: no secret. */
interface Row extends Omit<SavedContext, "ca" | "token"> {
  readonly name: string;
  readonly current: boolean;
  readonly credentials: string;
}

const contextColumns: Columns<Row> = {
  current: ({ current }) => (current ? "*" : ""),
  name: ({ name }) => name,
  endpoint: ({ endpoints }) => endpoints.join(","),
  tunnel: ({ tunnel = "" }) => tunnel,
  credentials: ({ credentials }) => credentials,
};

export const declareList: Declare = (context, run) => {
  context
    .command("list")
    .summary("list the saved contexts")
    .description("Lists the saved contexts without their secrets. An asterisk marks the current context.")
    .addOption(output())
    .addHelpText("after", examples("fleetctl context list", "fleetctl context list --output json"))
    .action((options: { readonly output: "text" | "json" }) => run((one) => list(one, options.output)));
};

async function list(context: Context, format: "text" | "json"): Promise<number> {
  const { stdout, variables } = context.environment;
  const { current, contexts } = readContexts(contextsPath(variables)) ?? { contexts: new Map<string, SavedContext>() };
  const rows = Array.from(contexts, ([name, { ca: _, token, ...saved }]): Row => ({
    name,
    current: name === current,
    ...saved,
    credentials: [token && "token", saved.certFile && "certificate"].filter(Boolean).join(", "),
  }));
  rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (format === "json") writeJson(stdout, rows);
  else
    writeListing(stdout, rows, contextColumns, {
      fields: Object.keys(contextColumns).join(","),
      legend: true,
      output: format,
    });
  const { given } = context.flags;
  const instead = given.get("endpoint") ?? given.get("tunnel") ?? given.get("context");
  if (current !== undefined && instead !== undefined)
    context.tell(`the current context is not in use: ${instead} takes precedence`);
  return exitCode.ok;
}
