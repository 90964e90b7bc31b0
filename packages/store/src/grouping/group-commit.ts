import { isOutage, untilAborted } from "@flotilla/runtime";
import type { Store, Txn, TxnResult } from "../port/index.ts";
import { TxnGroup } from "./txn-group.ts";

/**
 * Wraps a store so that transactions share writes. Transactions that arrive during a write are combined into the next
 * one, each with its own compares. A transaction that arrives when no write is in progress is sent at once, unchanged.
 *
 * Each caller gets the result that its transaction would have had alone. If a compare of a joint transaction fails, or
 * the store refuses it, nothing has been written, and its transactions are sent one by one. If the outcome of a joint
 * transaction is unknown, it is unknown to each caller.
 */
export function withGroupCommit(store: Store): Store {
  const writes = new GroupCommit(store);
  return {
    txn: (txn, signal) => writes.txn(txn, signal),
    revision: (signal) => store.revision(signal),
    range: (request, signal) => store.range(request, signal),
    watch: (request, signal) => store.watch(request, signal),
    grant: (ttlMs, signal) => store.grant(ttlMs, signal),
    resume: (id, ttlMs, signal) => store.resume(id, ttlMs, signal),
    leaseTime: (id, signal, limitMs) => store.leaseTime(id, signal, limitMs),
    close: () => store.close(),
  };
}

interface Request {
  readonly txn: Txn;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: TxnResult) => void;
  readonly reject: (reason: unknown) => void;
}

interface Group {
  readonly requests: Request[];
  readonly txns: TxnGroup;
}

class GroupCommit {
  readonly #store: Store;
  /** At most one per caller, since each caller waits for its result. */
  #waiting: Request[] = [];
  #isWriting = false;

  constructor(store: Store) {
    this.#store = store;
  }

  txn(txn: Txn, signal: AbortSignal | undefined): Promise<TxnResult> {
    return untilAborted([signal], () => {
      const { promise, resolve, reject } = Promise.withResolvers<TxnResult>();
      this.#waiting.push({ txn, signal, resolve, reject });
      if (!this.#isWriting) void this.#write();
      return promise;
    });
  }

  /** Sends all groups in parallel, so that a caller waits at most for the write that is in progress when it arrives. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const groups = groupsOf(this.#waiting.filter(isWanted));
      this.#waiting = [];
      await Promise.all(groups.map((group) => this.#writeGroup(group)));
    }
    this.#isWriting = false;
  }

  async #writeGroup({ requests, txns }: Group): Promise<void> {
    if (requests.length === 1) return this.#writeEach(requests);
    try {
      const result = await this.#store.txn(txns.joint);
      if (result.succeeded) return requests.forEach(({ resolve }) => resolve(result));
    } catch (error) {
      if (isOutage(error)) return requests.forEach(({ reject }) => reject(error));
    }
    return this.#writeEach(requests.filter(isWanted));
  }

  async #writeEach(requests: readonly Request[]): Promise<void> {
    await Promise.all(requests.map(({ txn, resolve, reject }) => this.#store.txn(txn).then(resolve, reject)));
  }
}

/** The caller of an aborted request has already got its answer. */
function isWanted({ signal }: Request): boolean {
  return signal?.aborted !== true;
}

function groupsOf(requests: readonly Request[]): Group[] {
  const groups: Group[] = [];
  for (const request of requests) {
    const last = groups.at(-1);
    if (last?.txns.add(request.txn)) last.requests.push(request);
    else groups.push({ requests: [request], txns: new TxnGroup(request.txn) });
  }
  return groups;
}
