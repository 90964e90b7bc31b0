import type { ICompare, IRequestOp, ITxnRequest } from "etcd3";
import type { Compare, Op, Txn } from "../port/index.ts";
import type { EtcdKeys } from "./etcd-keys.ts";

export function txnRequest({ compare = [], onSuccess }: Txn, keys: EtcdKeys): ITxnRequest {
  return {
    compare: compare.map((each) => compareRequest(each, keys)),
    success: onSuccess.map((op) => opRequest(op, keys)),
  };
}

function compareRequest(compare: Compare, keys: EtcdKeys): ICompare {
  const key = keys.encode(compare.key);
  if ("createRevision" in compare) {
    return { key, result: "Equal", target: "Create", create_revision: compare.createRevision };
  }
  return { key, result: "Equal", target: "Mod", mod_revision: compare.modRevision };
}

function opRequest(op: Op, keys: EtcdKeys): IRequestOp {
  if ("put" in op) {
    const lease = op.lease === undefined ? {} : { lease: op.lease };
    return { request_put: { key: keys.encode(op.put), value: Buffer.from(op.value), ...lease } };
  }
  if ("delete" in op) return { request_delete_range: { key: keys.encode(op.delete) } };
  return { request_delete_range: keys.range(op.deletePrefix) };
}
