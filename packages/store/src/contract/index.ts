export { eventually, type StoreHarness } from "./harness.ts";
export { storeContract } from "./store-contract.ts";
export { WatchRecorder } from "./watch-recorder.ts";
