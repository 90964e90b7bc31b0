export { EtcdServer, type EtcdServerOptions } from "./etcd-server.ts";
export { FaultProxy } from "@flotilla/link/fixture";
export { freePort } from "./free-port.ts";
export { eventually, type StoreHarness, withoutHang } from "./harness.ts";
export { type LeaseCallsHarness, leaseCallsContract } from "./lease-calls-contract.ts";
export { storeContract } from "./store-contract.ts";
export { WatchRecorder } from "./watch-recorder.ts";
