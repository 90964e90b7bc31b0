export { type Attendance, callRoll, type MassLossRules } from "./call-roll.ts";
export { decide, explain } from "./decide.ts";
export { failureHere } from "./decide-on-failure.ts";
export type { Basis, Choice, Content, Decision, Moment, Reason, Write } from "./decision.ts";
export type { FilterName, RejectionGroup } from "./filter/filter.ts";
export { pauseAfter } from "./pause-after.ts";
export type { Refusal } from "./refusal.ts";
export { type Decided, Scheduler } from "./scheduler.ts";
export type { Touch } from "./touched.ts";
