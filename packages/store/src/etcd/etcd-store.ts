import { LeaseHolder } from "../lease/lease-holder.ts";
import type {
  GrantedLease,
  Lease,
  LeaseCalls,
  LeaseId,
  LeaseReading,
  LeaseTime,
  RangePage,
  RangeRequest,
  Revision,
  Store,
  Txn,
  TxnResult,
  WatchBatch,
  WatchRequest,
} from "../port/index.ts";
import { checkRange, checkTxn } from "../port/request-rules.ts";
import { EtcdConnection } from "./etcd-connection.ts";
import { EtcdKeys } from "./etcd-keys.ts";
import { grantLease, readLease, readLeaseTime, renewLeases, revokeLease } from "./etcd-lease.ts";
import type { EtcdStoreOptions } from "./etcd-options.ts";
import { EtcdRenewals } from "./etcd-renewals.ts";
import { readPage } from "./etcd-range.ts";
import { txnRequest } from "./etcd-txn.ts";
import { watchEtcd } from "./etcd-watch.ts";

/**
 * Returns a store on etcd 3.4 or later. It connects at the first call. Calls fail with StoreUnavailableError while etcd
 * cannot be reached.
 * @throws StoreRefusedError for an invalid endpoint.
 */
export function openEtcdStore(options: EtcdStoreOptions): Store & LeaseCalls {
  return new EtcdStore(options);
}

class EtcdStore implements Store, LeaseCalls {
  readonly #options: EtcdStoreOptions;
  readonly #connection: EtcdConnection;
  readonly #keys: EtcdKeys;
  readonly #renewals: EtcdRenewals;
  readonly #holder: LeaseHolder;

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
    this.#connection = new EtcdConnection(options);
    this.#keys = new EtcdKeys(options.keyPrefix ?? "/_coreos.com/fleet/");
    const { clock, random, log, onRenewal } = options;
    this.#renewals = new EtcdRenewals({
      clock,
      send: (ids) => this.#connection.repeatable("renew leases", renewLeases(ids), undefined),
    });
    this.#holder = new LeaseHolder({ calls: this, clock, random, log, closed: this.#connection.closed, onRenewal });
  }

  async revision(signal?: AbortSignal): Promise<Revision> {
    // A key within the prefix, because the user may have no permission for others. Reads of etcd are linearizable.
    const request = { key: this.#keys.range("").key, count_only: true };
    const { header } = await this.#connection.repeatable(
      "revision",
      (etcd, call) => etcd.kv.range(request, call),
      signal,
    );
    return Number(header.revision);
  }

  async range(request: RangeRequest, signal?: AbortSignal): Promise<RangePage> {
    checkRange(request);
    return this.#connection.repeatable("range", readPage(request, this.#keys), signal);
  }

  async txn(txn: Txn, signal?: AbortSignal): Promise<TxnResult> {
    checkTxn(txn);
    const request = txnRequest(txn, this.#keys);
    const result = await this.#connection.once("txn", (etcd, call) => etcd.kv.txn(request, call), signal);
    return { succeeded: result.succeeded, revision: Number(result.header.revision) };
  }

  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchBatch> {
    const { clock, random, requestTimeoutMs: steadyMs } = this.#options;
    return watchEtcd({ connection: this.#connection, keys: this.#keys, clock, random, steadyMs }, request, signal);
  }

  grant(ttlMs: number, signal?: AbortSignal): Promise<Lease> {
    return this.#holder.grant(ttlMs, signal);
  }

  resume(id: LeaseId, _ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    return this.#holder.resume(id, signal);
  }

  leaseTime(id: LeaseId, signal?: AbortSignal, limitMs?: number): Promise<LeaseTime | undefined> {
    const ms = Math.max(limitMs ?? 0, this.#options.requestTimeoutMs);
    return this.#connection.repeatable("read a lease's time", readLeaseTime(id), signal, ms);
  }

  grantLease(id: LeaseId | undefined, ttlMs: number, signal?: AbortSignal): Promise<GrantedLease> {
    return this.#connection.repeatable("grant a lease", grantLease(id, ttlMs), signal);
  }

  renewLease(id: LeaseId, signal?: AbortSignal): Promise<number | undefined> {
    return this.#renewals.renew(id, signal);
  }

  revokeLease(id: LeaseId, signal?: AbortSignal): Promise<void> {
    return this.#connection.repeatable("revoke a lease", revokeLease(id), signal);
  }

  readLease(id: LeaseId, signal?: AbortSignal): Promise<LeaseReading | undefined> {
    return this.#connection.repeatable("read a lease", readLease(id, this.#keys), signal);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}
