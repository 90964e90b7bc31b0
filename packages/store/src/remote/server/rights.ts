import type { RangeRequest, Txn, WatchRequest } from "../../port/index.ts";

/** The rights of one machine. Each method returns why the request is refused, or undefined. */
export interface Rights {
  range(request: Pick<RangeRequest, "prefix" | "exact">): string | undefined;
  watch(request: Pick<WatchRequest, "prefix" | "exact" | "witness">): string | undefined;
  /** Does not decide whose leases the operations name. */
  txn(txn: Txn): string | undefined;
}
