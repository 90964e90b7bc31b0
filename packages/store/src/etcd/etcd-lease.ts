import type { LeaseId } from "../port.ts";
import { StoreUnavailableError } from "../store-error.ts";
import type { Rpc } from "./etcd-endpoint.ts";

/**
 * One renewal, on a stream of its own: an answer then belongs to its question, has a time limit, and
 * comes from the member that is in use now.
 * @returns the TTL in milliseconds, counted from when etcd received the renewal; undefined when etcd
 * knows the lease no more (it answers TTL 0 then)
 */
export function renewLease(id: LeaseId): Rpc<number | undefined> {
  return async (client, call) => {
    const stream = await client.leaseClient.leaseKeepAlive(call);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    stream.on("data", ({ TTL }) => resolve(Number(TTL)));
    stream.on("error", reject);
    stream.on("end", () => reject(new StoreUnavailableError("etcd ended the stream of a lease renewal.")));
    try {
      stream.write({ ID: id });
      const ttl = await promise;
      return ttl > 0 ? ttl * 1_000 : undefined;
    } finally {
      stream.cancel();
    }
  };
}
