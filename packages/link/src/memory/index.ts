export type { LinkHooks, Passage } from "./hooks.ts";
export { MemoryLinkServer, type MemoryLinkServerOptions } from "./memory-link-server.ts";
export { type MemoryLinkOptions, openMemoryLink } from "./memory-link.ts";
