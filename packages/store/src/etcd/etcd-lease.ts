import type { LeaseId, LeaseTime } from "../port/index.ts";
import { StoreUnavailableError } from "../port/store-error.ts";
import type { Rpc } from "./etcd-endpoint.ts";

/** etcd rounds down to whole seconds, so up to one second more may remain than it reports. */
export function readLeaseTime(id: LeaseId): Rpc<LeaseTime | undefined> {
  return async (etcd, call) => {
    const { TTL, grantedTTL } = await etcd.lease.leaseTimeToLive({ ID: id }, call);
    const left = Number(TTL);
    // -1: there is no such lease (etcd's API reference, LeaseTimeToLiveResponse).
    return left < 0
      ? undefined
      : { ttlMs: Number(grantedTTL) * 1_000, leftMs: (left + 1) * 1_000, surelyLeftMs: left * 1_000 };
  };
}

/**
 * Renews a lease once, on a separate stream, so that the response belongs to this request, has a time limit, and comes
 * from the current member.
 * @returns the TTL in milliseconds, counted from when etcd received the renewal; undefined when etcd no longer knows
 * the lease (it answers TTL 0).
 */
export function renewLease(id: LeaseId): Rpc<number | undefined> {
  return async (etcd, call) => {
    const stream = await etcd.lease.leaseKeepAlive(call);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    stream.on("data", ({ TTL }) => resolve(Number(TTL)));
    stream.on("error", reject);
    stream.on("end", () => reject(new StoreUnavailableError("etcd ended the stream of a lease renewal")));
    try {
      stream.write({ ID: id });
      const ttl = await promise;
      return ttl > 0 ? ttl * 1_000 : undefined;
    } finally {
      stream.cancel();
    }
  };
}
