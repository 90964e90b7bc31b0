import type { ILeaseTimeToLiveResponse } from "etcd3";
import type { GrantedLease, LeaseId, LeaseReading, LeaseTime } from "../port/index.ts";
import { LeaseLostError, StoreUnavailableError } from "../port/store-error.ts";
import type { Rpc } from "./etcd-endpoint.ts";
import { isExistingLease, isUnknownLease } from "./etcd-error.ts";
import type { EtcdKeys } from "./etcd-keys.ts";

/** etcd rounds down to whole seconds, so up to one second more may remain than it reports. */
export function readLeaseTime(id: LeaseId): Rpc<LeaseTime | undefined> {
  return async (etcd, call) => timeOf(await etcd.lease.leaseTimeToLive({ ID: id }, call));
}

export function readLease(id: LeaseId, keys: EtcdKeys): Rpc<LeaseReading | undefined> {
  return async (etcd, call) => {
    const answer = await etcd.lease.leaseTimeToLive({ ID: id, keys: true }, call);
    const time = timeOf(answer);
    return time && { ...time, keys: answer.keys.map((key) => keys.decode(key)) };
  };
}

function timeOf({ TTL, grantedTTL }: ILeaseTimeToLiveResponse): LeaseTime | undefined {
  const left = Number(TTL);
  // -1: there is no such lease (etcd's API reference, LeaseTimeToLiveResponse).
  return left < 0
    ? undefined
    : { ttlMs: Number(grantedTTL) * 1_000, leftMs: (left + 1) * 1_000, surelyLeftMs: left * 1_000 };
}

/** Grants a lease. etcd may grant a longer TTL: its minimum depends on its election timeout. */
export function grantLease(id: LeaseId | undefined, ttlMs: number): Rpc<GrantedLease> {
  const request = { TTL: Math.ceil(ttlMs / 1_000), ...(id !== undefined && { ID: id }) };
  return async (etcd, call) => {
    try {
      const granted = await etcd.lease.leaseGrant(request, call);
      return { id: granted.ID, ttlMs: Number(granted.TTL) * 1_000 };
    } catch (error) {
      if (id === undefined || !isExistingLease(error)) throw error;
      const existing = await renewLease(id)(etcd, call);
      if (existing === undefined) throw new LeaseLostError(`lease ${id} expired while it was granted again`);
      return { id, ttlMs: existing };
    }
  };
}

/** Ends a lease, unless it has ended already. */
export function revokeLease(id: LeaseId): Rpc<void> {
  return async (etcd, call) => {
    try {
      await etcd.lease.leaseRevoke({ ID: id }, call);
    } catch (error) {
      if (!isUnknownLease(error)) throw error;
    }
  };
}

/** As `renewLeases`, for one. Resolves to undefined when etcd no longer knows the lease. */
function renewLease(id: LeaseId): Rpc<number | undefined> {
  return async (etcd, call) => (await renewLeases(new Set([id]))(etcd, call)).get(id);
}

/**
 * Renews leases once, on a separate stream, so that the responses belong to this request, have a time limit, and come
 * from the current member.
 * @returns the TTL of each in milliseconds, counted from when etcd received the renewal; none for leases that etcd no
 * longer knows (it answers TTL 0).
 */
export function renewLeases(ids: ReadonlySet<LeaseId>): Rpc<ReadonlyMap<LeaseId, number>> {
  return async (etcd, call) => {
    const stream = await etcd.lease.leaseKeepAlive(call);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const ttls = new Map<LeaseId, number>();
    let left = ids.size;
    stream.on("data", ({ ID, TTL }) => {
      if (Number(TTL) > 0) ttls.set(ID, Number(TTL) * 1_000);
      left -= 1;
      if (left === 0) resolve();
    });
    stream.on("error", reject);
    stream.on("end", () => reject(new StoreUnavailableError("etcd ended the stream of a lease renewal")));
    try {
      for (const ID of ids) stream.write({ ID });
      await promise;
      return ttls;
    } finally {
      stream.cancel();
    }
  };
}
