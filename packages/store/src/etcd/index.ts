export { isEtcdEndpoint } from "./etcd-address.ts";
export type { EtcdCredentials, EtcdStoreOptions, EtcdTls } from "./etcd-options.ts";
export { openEtcdStore } from "./etcd-store.ts";
