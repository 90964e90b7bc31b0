import type { WatchRequest } from "../port/index.ts";
import { leastNext, revisionBeyondStore, witnessChanged } from "../port/replaced.ts";
import type { EtcdConnection } from "./etcd-connection.ts";
import type { EtcdKeys } from "./etcd-keys.ts";

/**
 * Checks that the store is the one that the caller has read. Uses a linearizable read, because the member that serves
 * the stream may be behind the others. The cluster ID of etcd is no help: it comes from the flags of its first start
 * and is the same after its data is deleted.
 * @throws StoreReplacedError
 */
export async function requireSameStore(
  connection: EtcdConnection,
  keys: EtcdKeys,
  request: WatchRequest,
  signal: AbortSignal,
): Promise<void> {
  const { witness } = request;
  const least = leastNext(request);
  const read = { key: witness ? keys.encode(witness.key) : keys.range("").key, count_only: witness === undefined };
  const { header, kvs } = await connection.repeatable(
    "check the store",
    (etcd, call) => etcd.kv.range(read, call),
    signal,
  );
  const revision = Number(header.revision);
  if (least > revision + 1) throw revisionBeyondStore(least, revision);
  if (witness && kvs[0]?.value.toString() !== witness.value) throw witnessChanged(witness);
}
