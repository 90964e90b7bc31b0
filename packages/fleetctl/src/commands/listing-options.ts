import { type Command, Option } from "commander";
import type { Columns } from "../output/listing.ts";
import { output } from "./declaration.ts";

export type { ListingOptions as ListOptions } from "../output/listing.ts";

/** The flags that every listing has. */
export function addListingOptions<Row>(command: Command, columns: Columns<Row>, fields: string): Command {
  return command
    .addOption(fieldsOption(Object.keys(columns), fields))
    .option("-l, --full", "show machine IDs and hashes whole", false)
    .option("--no-legend", "no header line")
    .addOption(output());
}

/** Its choices are for the help and for completion: what is given is a list of them. */
function fieldsOption(names: readonly string[], fallback: string): Option {
  const option = new Option("--fields <columns>", "columns to show, separated by commas").default(fallback);
  option.argChoices = [...names];
  return option;
}
