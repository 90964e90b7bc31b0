import { type Command, Option } from "commander";
import type { Columns, ListingOptions } from "../output/listing.ts";
import { output } from "./declaration.ts";

export interface ListOptions extends ListingOptions {
  /** Whether the command line names the columns. */
  readonly areFieldsChosen: boolean;
}

/** The flags of every listing. */
export function addListingOptions<Row>(command: Command, columns: Columns<Row>, fields: string): Command {
  return command
    .addOption(fieldsOption(Object.keys(columns), fields))
    .option("-l, --full", "do not shorten machine IDs and hashes", false)
    .option("--no-legend", "do not print the header line")
    .addOption(output());
}

/** The values of the flags of a listing. */
export function listOptionsOf(command: Command): ListOptions {
  const areFieldsChosen = command.getOptionValueSource("fields") === "cli";
  return { ...command.opts<ListingOptions>(), areFieldsChosen };
}

/** The choices are for help and completion only: the flag takes a list of them. */
function fieldsOption(names: readonly string[], fallback: string): Option {
  const option = new Option("--fields <columns>", "columns to print, separated by commas").default(fallback);
  option.argChoices = [...names];
  return option;
}
