export { openRemoteStore, type RemoteStoreOptions } from "./client/remote-store.ts";
export { STORE_PATH } from "./wire/calls.ts";
export { storeHandler, type StoreHandlerOptions } from "./server/store-handler.ts";
export type { Rights } from "./server/rights.ts";
