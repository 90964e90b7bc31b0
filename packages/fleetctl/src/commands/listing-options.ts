import type { Command } from "commander";
import type { Columns } from "../output/listing.ts";
import { output } from "./declaration.ts";

export type { ListingOptions as ListOptions } from "../output/listing.ts";

/** The flags that every listing has. */
export function addListingOptions<Row>(command: Command, columns: Columns<Row>, fields: string): Command {
  return command
    .option("--fields <columns>", `columns to show, of ${Object.keys(columns).join(",")}`, fields)
    .option("-l, --full", "show machine IDs and hashes whole", false)
    .option("--no-legend", "no header line")
    .addOption(output());
}
