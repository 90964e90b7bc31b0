import { HeldLease } from "../lease/held-lease.ts";
import type {
  Lease,
  LeaseId,
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
import { LeaseLostError } from "../port/store-error.ts";
import { checkRange, checkTxn } from "../port/request-rules.ts";
import { EtcdConnection } from "./etcd-connection.ts";
import { EtcdKeys } from "./etcd-keys.ts";
import { readLeaseTime, renewLease } from "./etcd-lease.ts";
import type { EtcdStoreOptions } from "./etcd-options.ts";
import { readPage } from "./etcd-range.ts";
import { txnRequest } from "./etcd-txn.ts";
import { watchEtcd } from "./etcd-watch.ts";

/**
 * How long a watch may be silent before it requests an answer, as a multiple of a call's time limit. The time is long
 * because thousands of watches may be silent at once.
 */
const QUIET_LIMITS = 5;

/**
 * Returns a store on etcd 3.4 or later. It connects at the first call. Calls fail with StoreUnavailableError while etcd
 * cannot be reached.
 * @throws StoreRefusedError for an invalid endpoint.
 */
export function openEtcdStore(options: EtcdStoreOptions): Store {
  return new EtcdStore(options);
}

class EtcdStore implements Store {
  readonly #options: EtcdStoreOptions;
  readonly #connection: EtcdConnection;
  readonly #keys: EtcdKeys;

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
    this.#connection = new EtcdConnection(options);
    this.#keys = new EtcdKeys(options.keyPrefix ?? "/_coreos.com/fleet/");
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
    const { clock, random, requestTimeoutMs: answerMs } = this.#options;
    const [connection, keys, quietMs] = [this.#connection, this.#keys, answerMs * QUIET_LIMITS];
    return watchEtcd({ connection, keys, clock, random, quietMs, answerMs }, request, signal);
  }

  async grant(ttlMs: number, signal?: AbortSignal): Promise<Lease> {
    const sentAt = this.#options.clock.monotonic();
    const request = { TTL: Math.ceil(ttlMs / 1_000) };
    // A retry may leave a lease without a holder, which expires.
    const granted = await this.#connection.repeatable(
      "grant",
      (etcd, call) => etcd.lease.leaseGrant(request, call),
      signal,
    );
    // etcd may grant a longer TTL: its minimum depends on its election timeout.
    return this.#hold(granted.ID, Number(granted.TTL) * 1_000, sentAt);
  }

  async resume(id: LeaseId, _ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    const sentAt = this.#options.clock.monotonic();
    const ttlMs = await this.#renew(id, signal);
    return ttlMs === undefined ? undefined : this.#hold(id, ttlMs, sentAt);
  }

  leaseTime(id: LeaseId, signal?: AbortSignal, limitMs?: number): Promise<LeaseTime | undefined> {
    const ms = Math.max(limitMs ?? 0, this.#options.requestTimeoutMs);
    return this.#connection.repeatable("read a lease's time", readLeaseTime(id), signal, ms);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  #hold(id: LeaseId, ttlMs: number, sentAt: number): Lease {
    const { clock, random, log, onRenewal } = this.#options;
    return new HeldLease({
      id,
      ttlMs,
      sentAt,
      clock,
      random,
      log,
      renew: async (signal) => (await this.#renew(id, signal)) !== undefined,
      revoke: (signal) => this.#revoke(id, signal),
      closed: this.#connection.closed,
      onRenewal,
    });
  }

  #renew(id: LeaseId, signal: AbortSignal | undefined): Promise<number | undefined> {
    return this.#connection.repeatable("renew a lease", renewLease(id), signal);
  }

  async #revoke(id: LeaseId, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#connection.repeatable(
        "revoke a lease",
        (etcd, call) => etcd.lease.leaseRevoke({ ID: id }, call),
        signal,
      );
    } catch (error) {
      // The lease has ended already.
      if (!(error instanceof LeaseLostError)) throw error;
    }
  }
}
