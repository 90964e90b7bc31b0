export { StoreContact } from "./absence/store-contact.ts";
export { ChangeSet } from "./controller/change-set.ts";
export { runSteps } from "./controller/run-steps.ts";
export { StandingView } from "./controller/standing-view.ts";
export type { LeaderDecision as EngineDecision } from "./controller/controller.ts";
export { runEngine } from "./engine.ts";
export type { EngineObserver } from "./options.ts";
export { KeptPlan } from "./scheduling/kept-plan.ts";
