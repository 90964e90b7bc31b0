export { type Attendance, callRoll, type MassLossRules } from "./call-roll.ts";
export { decide } from "./decide.ts";
export type { Basis, Choice, Content, Decision, Reason, Write } from "./decision.ts";
export { explain } from "./explain.ts";
export type { FilterName, RejectionGroup } from "./filter/filter.ts";
export type { Refusal } from "./refusal.ts";
