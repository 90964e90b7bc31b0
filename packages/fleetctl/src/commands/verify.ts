import { UsageError } from "../command-error.ts";
import { type Declare, examples } from "./declaration.ts";

/** fleet's words, and its exit code 2. */
const DEPRECATED = "WARNING: The signed/verified units feature is DEPRECATED and cannot be used.";

export const declareVerify: Declare = (program, run) => {
  program
    .command("verify")
    .summary("deprecated: units are not signed")
    .description("Deprecated, as in fleet: units are not signed, so there is nothing to verify. Always fails.")
    .argument("[unit...]")
    .addHelpText("after", examples("fleetctl cat redis.service   # to compare a unit yourself"))
    .action(() => run(() => Promise.reject(new UsageError(DEPRECATED))));
};

/** @throws UsageError for fleet's `--sign`. */
export function refuseSign({ sign = false }: { readonly sign?: boolean }): void {
  if (sign) throw new UsageError(DEPRECATED);
}
