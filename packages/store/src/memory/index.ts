export type { Call, Faults } from "../local/faults.ts";
export { type ConnectOptions, MemoryStore, type MemoryStoreOptions } from "./memory-store.ts";
