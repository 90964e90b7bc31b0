import { LinkAnswerError, type LinkCall, type LinkHandler, type LinkSession } from "@flotilla/link";
import { type Clock, messageOf } from "@flotilla/runtime";
import type * as z from "zod";
import {
  keyOfOp,
  type LeaseCalls,
  type LeaseId,
  type Op,
  type Revision,
  type Store,
  type Txn,
  type TxnResult,
} from "../../port/index.ts";
import { LeaseLostError, StoreUnavailableError } from "../../port/store-error.ts";
import { type CallName, CALLS, STORE_PATH } from "../wire/calls.ts";
import { codeOf } from "../wire/errors.ts";
import { parseJSON, problemOf, requests } from "../wire/messages.ts";
import { partsOf } from "./batch-parts.ts";
import { randomLeaseID } from "./lease-id.ts";
import { GATEWAY_LIMITS, type GatewayLimits } from "./limits.ts";
import { MachineLeases } from "./machine-leases.ts";
import { MachineWrites } from "./machine-writes.ts";
import { shortened } from "./page.ts";
import { answerOf, refusal } from "./refusal.ts";
import type { Rights } from "./rights.ts";
import { TxnLanes } from "./txn-lanes.ts";

/** A key that has not changed since a revision. */
export interface Fence {
  readonly key: string;
  readonly modRevision: Revision;
}

export interface StoreHandlerOptions {
  /** The server's store. Let its watches be shared (`withSharedWatches`) where many agents watch. */
  readonly store: Store;
  /** The calls on leases of the same store. */
  readonly leases: LeaseCalls;
  /** The rights of a machine, asked for every request. */
  readonly rightsOf: (machineID: string) => Rights;
  /**
   * Returns what a transaction of a machine is compared with besides, so that it cannot be applied once the machine may not
   * write any more; undefined if the transaction may be late.
   */
  readonly fenceOf?: (machineID: string, txn: Txn) => Fence | undefined;
  readonly clock: Clock;
  /** Returns the ID of a new lease, which no machine can guess. Default: 63 random bits. */
  readonly newLeaseID?: () => LeaseId;
  /** Limits other than GATEWAY_LIMITS. */
  readonly limits?: Partial<GatewayLimits>;
}

/**
 * Returns the server's side of the agents' store, for paths under STORE_PATH. Each request is checked against the rights
 * of its machine. Transactions that arrive together share writes.
 */
export function storeHandler(options: StoreHandlerOptions): LinkHandler {
  const handler = new StoreHandler(options);
  return (call) => handler.handle(call);
}

class StoreHandler {
  readonly #options: StoreHandlerOptions;
  readonly #limits: GatewayLimits;
  readonly #store: Store;
  readonly #txns: TxnLanes;
  readonly #leases: MachineLeases;
  readonly #writes: MachineWrites;
  readonly #watches = new WeakMap<LinkSession, number>();
  readonly #calls: Readonly<Record<CallName, (call: LinkCall) => Promise<void>>> = {
    revision: (call) => this.#revision(call),
    range: (call) => this.#range(call),
    txn: (call) => this.#txn(call),
    watch: (call) => this.#watch(call),
    "lease/grant": (call) => this.#grant(call),
    "lease/renew": (call) => this.#renew(call),
    "lease/revoke": (call) => this.#revoke(call),
    "lease/time": (call) => this.#leaseTime(call),
  };

  constructor(options: StoreHandlerOptions) {
    const { store, leases, clock, limits } = options;
    this.#options = options;
    this.#limits = { ...GATEWAY_LIMITS, ...limits };
    this.#store = store;
    this.#txns = new TxnLanes(store, clock);
    this.#leases = new MachineLeases({ leases, clock, most: this.#limits.leases });
    this.#writes = new MachineWrites(clock, this.#limits);
  }

  async handle(call: LinkCall): Promise<void> {
    const name = call.path.slice(STORE_PATH.length);
    try {
      if (!isCallName(name)) throw LinkAnswerError.because(404, `the store has no call ${JSON.stringify(name)}`);
      await this.#calls[name](call);
    } catch (error) {
      throw answerOf(error);
    }
  }

  async #revision(call: LinkCall): Promise<void> {
    await read(call, requests.revision);
    answer(call, { revision: await this.#store.revision(call.signal) });
  }

  async #range(call: LinkCall): Promise<void> {
    const request = await read(call, requests.range);
    // mutation: right to read
    requireRight(this.#rights(call).range(request));
    const { pageEntries, pageText } = this.#limits;
    const limit = Math.min(request.limit ?? pageEntries, pageEntries);
    answer(call, shortened(await this.#store.range({ ...request, limit }, call.signal), pageText));
  }

  async #txn(call: LinkCall): Promise<void> {
    const txn = await read(call, requests.txn);
    const text = textOf(txn);
    if (text > this.#limits.txnText) {
      throw refusal(
        "bad-request",
        `a transaction of ${text} characters exceeds the limit of ${this.#limits.txnText}; split the transaction`,
      );
    }
    // mutation: right to write
    requireRight(this.#rights(call).txn(txn));
    if (!this.#writes.take(call.machineID, text))
      throw refusal("too-many", "the machine writes more than it may; wait some seconds, and write less often");
    for (const id of leasesIn(txn.onSuccess)) {
      if (await this.#hasLease(call, id)) continue;
      throw new LeaseLostError(`lease ${id} has ended, so no key can be put under it`);
    }
    answer(call, await this.#fenced(call, txn));
  }

  /** @throws StoreUnavailableError if the fence does not hold: the session is about to be cut. */
  async #fenced({ machineID, signal }: LinkCall, txn: Txn): Promise<TxnResult> {
    const fence = this.#options.fenceOf?.(machineID, txn);
    if (!fence) return this.#txns.txn(machineID, txn, signal);
    const result = await this.#txns.txn(machineID, { ...txn, compare: [...(txn.compare ?? []), fence] }, signal);
    if (result.succeeded) return result;
    const { entries } = await this.#store.range({ prefix: fence.key, exact: true }, signal);
    if (entries[0]?.modRevision === fence.modRevision) return result;
    throw new StoreUnavailableError(`machine ${machineID} may not write any more: ${fence.key} has changed`);
  }

  async #watch(call: LinkCall): Promise<void> {
    const { reached, ...request } = await read(call, requests.watch);
    // mutation: right to watch
    requireRight(this.#rights(call).watch(request));
    const { session } = call;
    const open = this.#watches.get(session) ?? 0;
    const { watches, lineText } = this.#limits;
    if (open >= watches) throw refusal("too-many", `the session has ${open} watches, the maximum`);
    this.#watches.set(session, open + 1);
    try {
      const known = reached !== undefined && { reached: () => reached };
      for await (const batch of this.#store.watch({ ...request, ...known }, call.signal))
        for (const part of partsOf(batch, lineText)) await call.line(JSON.stringify(part));
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined || call.signal.aborted) throw error;
      await call.line(JSON.stringify({ code, reason: messageOf(error) }));
      call.end();
    } finally {
      this.#watches.set(session, (this.#watches.get(session) ?? 1) - 1);
    }
  }

  async #grant(call: LinkCall): Promise<void> {
    const { ttlMs } = await read(call, requests.grant);
    const { shortestTtlMs, longestTtlMs } = this.#limits;
    if (!(ttlMs >= shortestTtlMs && ttlMs <= longestTtlMs)) {
      throw refusal("bad-request", `ttlMs: ${ttlMs} is not from ${shortestTtlMs} to ${longestTtlMs}`);
    }
    const { leases, newLeaseID = randomLeaseID } = this.#options;
    const id = this.#leases.begin(call.session, ttlMs, newLeaseID);
    try {
      const granted = await leases.grantLease(id, ttlMs, call.signal);
      this.#leases.renewed(call.session, id, granted.ttlMs);
      answer(call, granted);
    } catch (error) {
      this.#leases.unanswered(call.session, id, ttlMs);
      throw error;
    }
  }

  async #renew(call: LinkCall): Promise<void> {
    const { id } = await read(call, requests.lease);
    const isKnown = await this.#hasLease(call, id);
    const ttlMs = isKnown ? await this.#options.leases.renewLease(id, call.signal) : undefined;
    if (ttlMs === undefined) this.#leases.ended(call.session, id);
    else this.#leases.renewed(call.session, id, ttlMs);
    answer(call, ttlMs === undefined ? {} : { ttlMs });
  }

  async #revoke(call: LinkCall): Promise<void> {
    const { id } = await read(call, requests.lease);
    if (await this.#hasLease(call, id)) await this.#options.leases.revokeLease(id, call.signal);
    this.#leases.ended(call.session, id);
    answer(call, {});
  }

  async #leaseTime(call: LinkCall): Promise<void> {
    const { id, limitMs } = await read(call, requests.leaseTime);
    const isKnown = await this.#hasLease(call, id);
    const time = isKnown ? await this.#store.leaseTime(id, call.signal, limitMs) : undefined;
    answer(call, time === undefined ? {} : { time });
  }

  #rights({ machineID }: LinkCall): Rights {
    return this.#options.rightsOf(machineID);
  }

  #hasLease(call: LinkCall, id: LeaseId): Promise<boolean> {
    return this.#leases.has(call.session, this.#rights(call), id, call.signal);
  }
}

function isCallName(name: string): name is CallName {
  return (CALLS as readonly string[]).includes(name);
}

function requireRight(refused: string | undefined): void {
  if (refused !== undefined) throw refusal("forbidden", refused);
}

async function read<T>(call: LinkCall, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(parseJSON(await call.body()));
  if (parsed.success) return parsed.data;
  throw refusal("bad-request", `${call.path}: ${problemOf(parsed.error)}`);
}

function answer(call: LinkCall, value: unknown): void {
  call.answer(200, JSON.stringify(value));
}

function textOf({ compare = [], onSuccess }: Txn): number {
  const written = onSuccess.map((op) => keyOfOp(op).length + ("put" in op ? op.value.length : 0));
  return [...written, ...compare.map(({ key }) => key.length)].reduce((sum, each) => sum + each, 0);
}

function leasesIn(ops: readonly Op[]): Set<LeaseId> {
  return new Set(ops.flatMap((op) => ("put" in op && op.lease !== undefined ? [op.lease] : [])));
}
