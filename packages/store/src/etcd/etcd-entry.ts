import type { IKeyValue } from "etcd3";
import type { KeyValue } from "../port/index.ts";
import type { EtcdKeys } from "./etcd-keys.ts";

/** Converts an entry of etcd, whose 64-bit numbers are decimal text. */
export function entryOf(kv: IKeyValue, keys: EtcdKeys): KeyValue {
  return {
    key: keys.decode(kv.key),
    value: kv.value.toString(),
    createRevision: Number(kv.create_revision),
    modRevision: Number(kv.mod_revision),
    ...(kv.lease === "0" ? {} : { lease: kv.lease }),
  };
}
