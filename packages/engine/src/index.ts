export { KeptPlan } from "./kept-plan.ts";
export { runEngine } from "./engine.ts";
export type { EngineObserver } from "./options.ts";
export { StoreContact } from "./store-contact.ts";
