export { Backoff } from "./backoff.ts";
export { type Clock, LONGEST_TIMER_MS, systemClock } from "./clock.ts";
export { FlotillaError, messageOf } from "./error.ts";
export { type LogFields, type Logger, silentLogger } from "./logger.ts";
export { ManualClock } from "./manual-clock.ts";
export { Nudge, pokedWithin } from "./nudge.ts";
export { reconcileLoop } from "./reconcile-loop.ts";
export { replaceFile, UNFINISHED } from "./replace-file.ts";
export { untilAborted } from "./until-aborted.ts";
