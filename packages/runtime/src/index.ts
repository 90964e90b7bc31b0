export { type Audit, type AuditRecord, noAudit } from "./audit.ts";
export { Backoff } from "./backoff.ts";
export { type Clock, LONGEST_TIMER_MS, systemClock } from "./clock.ts";
export { FlotillaError, isOutage, messageOf, OutageError } from "./error.ts";
export { limitedLogger } from "./limited-logger.ts";
export { type LogFields, type Logger, silentLogger } from "./logger.ts";
export { ManualClock } from "./manual-clock.ts";
export { networkReason } from "./network-reason.ts";
export { PART_BYTES } from "./part-bytes.ts";
export { Nudge } from "./nudge.ts";
export {
  describeError,
  isLanguageError,
  isProgrammingError,
  logFailure,
  rethrowProgrammingError,
} from "./programming-error.ts";
export { reconcileLoop } from "./reconcile-loop.ts";
export { RecoveryLimit } from "./recovery-limit.ts";
export { removeFile, replaceFile, UNFINISHED } from "./replace-file.ts";
export { describeServer, peerAddress, SERVER_NAME, SERVER_PORT, type ServerAddress } from "./server-address.ts";
export { type TimeLimit, withTimeLimit } from "./time-limit.ts";
export { Turns } from "./turns.ts";
export { CHEAP_REASON, untilAborted } from "./until-aborted.ts";
