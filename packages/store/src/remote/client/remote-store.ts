import type { Link } from "@flotilla/link";
import type { Clock, Logger } from "@flotilla/runtime";
import type { RenewalObserver } from "../../lease/held-lease.ts";
import { LeaseHolder } from "../../lease/lease-holder.ts";
import type {
  GrantedLease,
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
} from "../../port/index.ts";
import { checkRange, checkSelection, checkTxn } from "../../port/request-rules.ts";
import { StoreUnavailableError } from "../../port/store-error.ts";
import { answers } from "../wire/messages.ts";
import { RemoteCalls } from "./remote-calls.ts";
import { watchRemote } from "./remote-watch.ts";

export interface RemoteStoreOptions {
  /** The session with the servers. It stays open when the store is closed. */
  readonly link: Link;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
  /** The time limit of a call with its repetitions, milliseconds. */
  readonly requestTimeoutMs: number;
  readonly onRenewal?: RenewalObserver | undefined;
}

/** Returns the store of an agent: each call goes through a server, which checks what this machine may do. */
export function openRemoteStore(options: RemoteStoreOptions): Store {
  return new RemoteStore(options);
}

class RemoteStore implements Store {
  readonly #options: RemoteStoreOptions;
  readonly #closed = new AbortController();
  readonly #calls: RemoteCalls;
  readonly #holder: LeaseHolder;

  constructor(options: RemoteStoreOptions) {
    const { link, clock, random, log, requestTimeoutMs, onRenewal } = options;
    const closed = this.#closed.signal;
    this.#options = options;
    this.#calls = new RemoteCalls({ link, clock, requestTimeoutMs, closed });
    const calls = {
      grantLease: (_id: LeaseId | undefined, ttlMs: number, signal?: AbortSignal) => this.#grant(ttlMs, signal),
      renewLease: (id: LeaseId, signal?: AbortSignal) => this.#renew(id, signal),
      revokeLease: (id: LeaseId, signal?: AbortSignal) => this.#revoke(id, signal),
    };
    this.#holder = new LeaseHolder({ calls, clock, random, log, closed, onRenewal });
  }

  async revision(signal?: AbortSignal): Promise<Revision> {
    const call = { name: "revision", request: {}, answer: answers.revision, signal } as const;
    return (await this.#calls.repeatable(call)).revision;
  }

  async range(request: RangeRequest, signal?: AbortSignal): Promise<RangePage> {
    checkRange(request);
    return this.#calls.repeatable({ name: "range", request, answer: answers.range, signal });
  }

  async txn(txn: Txn, signal?: AbortSignal): Promise<TxnResult> {
    checkTxn(txn);
    return this.#calls.once({ name: "txn", request: txn, answer: answers.txn, signal });
  }

  async *watch(request: WatchRequest, signal: AbortSignal): AsyncGenerator<WatchBatch, never> {
    checkSelection(request);
    const { link, clock, random } = this.#options;
    return yield* watchRemote({ link, clock, random, closed: this.#closed.signal }, request, signal);
  }

  grant(ttlMs: number, signal?: AbortSignal): Promise<Lease> {
    return this.#holder.grant(ttlMs, signal);
  }

  resume(id: LeaseId, _ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    return this.#holder.resume(id, signal);
  }

  async leaseTime(id: LeaseId, signal?: AbortSignal, limitMs = 0): Promise<LeaseTime | undefined> {
    const request = { id, limitMs };
    const limit = { limitMs: Math.max(limitMs, this.#options.requestTimeoutMs) };
    const call = { name: "lease/time", request, answer: answers.leaseTime, signal, ...limit } as const;
    return (await this.#calls.repeatable(call)).time;
  }

  async close(): Promise<void> {
    if (!this.#closed.signal.aborted)
      this.#closed.abort(new StoreUnavailableError("the connection to the store is closed"));
  }

  #grant(ttlMs: number, signal: AbortSignal | undefined): Promise<GrantedLease> {
    return this.#calls.repeatable({ name: "lease/grant", request: { ttlMs }, answer: answers.granted, signal });
  }

  async #renew(id: LeaseId, signal: AbortSignal | undefined): Promise<number | undefined> {
    const call = { name: "lease/renew", request: { id }, answer: answers.renewed, signal } as const;
    return (await this.#calls.repeatable(call)).ttlMs;
  }

  async #revoke(id: LeaseId, signal: AbortSignal | undefined): Promise<void> {
    await this.#calls.repeatable({ name: "lease/revoke", request: { id }, answer: answers.revoked, signal });
  }
}
