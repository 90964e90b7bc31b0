export { runEngine } from "./engine.ts";
export type { DecisionOutcome, EngineObserver, EngineOptions, FeedClaim, FeedSource, PassReport } from "./options.ts";
export { StoreContact } from "./store-contact.ts";
