export { type MassLossRules, type Observed, takeAttendance } from "./attendance/take-attendance.ts";
export { explain } from "./decide.ts";
export { failureHere } from "./decide-on-failure.ts";
export { type Decision, type Moment, NO_TIME, type Span, STEADY_MS } from "./decision.ts";
export { pauseAfter } from "./pause-after.ts";
export { type Decided, Scheduler } from "./scheduler.ts";
export { runToEnd, type Steps, TooMuchEffortError } from "./effort.ts";
