export type { RenewalObserver } from "./held-lease.ts";
export * from "./port.ts";
export {
  CompactedError,
  LeaseLostError,
  StoreRefusedError,
  StoreReplacedError,
  StoreTimeoutError,
  StoreUnavailableError,
} from "./store-error.ts";
export { withGroupCommit } from "./group-commit.ts";
export { Mirror, type MirrorChange, type MirrorOptions } from "./mirror.ts";
