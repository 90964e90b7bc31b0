export type { LinkHooks, Passage } from "./hooks.ts";
export { MemoryConnection } from "./memory-connection.ts";
export { MemoryLinkServer, type MemoryLinkServerOptions } from "./memory-link-server.ts";
export { type MemoryLinkOptions, openMemoryLink } from "./memory-link.ts";
export type { MemorySession } from "./memory-session.ts";
export { openSimulatedLink, type SimulatedLinkOptions } from "./simulated-link.ts";
