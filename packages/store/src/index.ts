export type { RenewalObserver } from "./held-lease.ts";
export * from "./port.ts";
export { CompactedError, StoreUnavailableError } from "./store-error.ts";
export { withGroupCommit } from "./group-commit.ts";
export { Mirror } from "./mirror.ts";
export { readWitness } from "./witness.ts";
