export { type MassLossRules, type Observed, takeAttendance } from "./attendance/take-attendance.ts";
export { explain } from "./decide.ts";
export type { Decision } from "./decisions/decision.ts";
export { failureHere } from "./history/attempts.ts";
export { type Moment, NO_TIME, type Span, STEADY_MS } from "./history/moment.ts";
export { pauseAfter } from "./history/pause-after.ts";
export type { Change } from "./incremental/changes.ts";
export { type Decided, Scheduler } from "./scheduler.ts";
export { runToEnd, type Steps, TooMuchEffortError } from "./effort.ts";
