export type { Change, Step } from "../local/change.ts";
export type { Call, Faults } from "../local/faults.ts";
export { type ConnectOptions, MemoryStore, type MemoryStoreOptions } from "./memory-store.ts";
