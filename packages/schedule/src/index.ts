export { type Attendance, callRoll, type MassLossRules } from "./call-roll.ts";
export { decide } from "./decide.ts";
export { failureHere } from "./decide-on-failure.ts";
export type { Basis, Choice, Content, Decision, Moment, Reason, Write } from "./decision.ts";
export { explain } from "./explain.ts";
export type { FilterName, RejectionGroup } from "./filter/filter.ts";
export { pauseAfter } from "./pause-after.ts";
export type { Refusal } from "./refusal.ts";
