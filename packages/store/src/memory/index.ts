export type { Change, Step } from "../local/change.ts";
export type { Call, Faults } from "../local/faults.ts";
export { type ConnectOptions, MemoryStore } from "./memory-store.ts";
