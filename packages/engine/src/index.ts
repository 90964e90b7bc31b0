export { runEngine } from "./engine.ts";
export type { EngineOptions, FeedClaim, FeedSource } from "./options.ts";
