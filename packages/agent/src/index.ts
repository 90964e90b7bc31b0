export { Agent, type AgentCounts, type AgentOptions } from "./agent.ts";
export { FileGuard } from "./file-guard.ts";
export type { Guard } from "./guard.ts";
export { FileLaunchRecords } from "./file-launch-records.ts";
export type { LaunchRecords } from "./launch-record.ts";
export { MemoryLaunchRecords } from "./memory-launch-records.ts";
export { FileSavedLease, MemorySavedLease, type SavedLease } from "./saved-lease.ts";
