export { Agent, type AgentCounts } from "./agent.ts";
export type { AgentOptions } from "./agent-options.ts";
export { FileGuard } from "./guard/file-guard.ts";
export type { Guard } from "./guard/guard.ts";
export { FileLaunchRecords } from "./launch/file-launch-records.ts";
export type { LaunchRecords } from "./launch/launch-record.ts";
export { MemoryLaunchRecords } from "./launch/memory-launch-records.ts";
export { FileSavedLease, MemorySavedLease, type SavedLease } from "./membership/saved-lease.ts";
