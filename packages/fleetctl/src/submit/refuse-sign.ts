import { UsageError } from "../command-error.ts";

/** @throws UsageError for fleet's `--sign`, in fleet's words. */
export function refuseSign({ sign = false }: { readonly sign?: boolean }): void {
  if (!sign) return;
  throw new UsageError("WARNING: The signed/verified units feature is DEPRECATED and cannot be used.");
}
