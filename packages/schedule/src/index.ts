export { callRoll, type MassLossRules } from "./call-roll.ts";
export { explain } from "./decide.ts";
export { failureHere } from "./decide-on-failure.ts";
export type { Decision, Moment } from "./decision.ts";
export { pauseAfter } from "./pause-after.ts";
export { type Decided, Scheduler } from "./scheduler.ts";
