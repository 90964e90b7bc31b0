export type { EtcdStoreOptions } from "./etcd-options.ts";
export { openEtcdStore } from "./etcd-store.ts";
