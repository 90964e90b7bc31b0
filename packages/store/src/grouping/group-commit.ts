import { isOutage, untilAborted } from "@flotilla/runtime";
import type { Store, Txn, TxnResult } from "../port/index.ts";
import { TxnGroup } from "./txn-group.ts";

/**
 * A store whose transactions share writes: those that come while one is under way go together into the next, each with
 * its own compares. One that finds nothing under way goes at once, and as it is.
 *
 * Each caller is told what it would have been told alone. When a joint transaction fails a compare, or is refused,
 * nothing has been done, and each of it is done alone. When its outcome is not known, it is not known to any.
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
  /** No more than there are callers: each waits for its own. */
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

  /** Groups that cannot be one are written side by side: nobody waits for more than what was under way when it came. */
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

/** A caller that is gone has had its answer. */
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
