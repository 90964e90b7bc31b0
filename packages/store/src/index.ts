export { baseValue, readBase } from "./continued/base.ts";
export { ContinuedStore } from "./continued/continued-store.ts";
export type { RenewalObserver } from "./lease/held-lease.ts";
export * from "./port/index.ts";
export { CompactedError, LeaseLostError, StoreUnavailableError } from "./port/store-error.ts";
export { withGroupCommit } from "./grouping/group-commit.ts";
export { Mirror } from "./mirror/mirror.ts";
export { readWitness } from "./mirror/witness.ts";
export { withSharedWatches } from "./sharing/shared-watches.ts";
