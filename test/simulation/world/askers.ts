import { type Compare, keyOfOp, type Op, type Txn } from "@flotilla/store";
import type { Call } from "@flotilla/store/memory";
import { STORE_PATH } from "@flotilla/store/remote";
import type { Writer } from "./ledger.ts";
import type { Process } from "./process.ts";

interface Ask {
  readonly process: Process;
  readonly compares: readonly string[];
}

/**
 * Remembers which agent has asked a gateway for which change. A gateway joins the transactions of several agents, so the
 * caller of the store is not the writer of a key.
 */
export class Askers {
  /** By operation, in the order of arrival. */
  readonly #asks = new Map<string, Ask[]>();
  readonly #revocations = new Map<string, Process>();

  /** Notes a request that has arrived at the gateway. */
  note(process: Process, path: string, body: string): void {
    if (path === `${STORE_PATH}txn`) {
      const { compare = [], onSuccess } = JSON.parse(body) as Txn;
      const ask: Ask = { process, compares: compare.map(textOf) };
      for (const op of onSuccess) this.#asks.set(textOf(op), [...(this.#asks.get(textOf(op)) ?? []), ask]);
    }
    if (path === `${STORE_PATH}lease/revoke`) this.#revocations.set((JSON.parse(body) as { id: string }).id, process);
  }

  /** Returns the writer of each key that a call of the gateway has changed; nobody for what no agent has asked for. */
  writerOf(call: Call): Writer {
    if (call.type === "revoke") return () => this.#revocations.get(call.lease);
    if (call.type !== "txn") return () => undefined;
    const { compare = [], onSuccess } = call.txn;
    const compared = new Set(compare.map(textOf));
    const isPart = ({ compares }: Ask): boolean => compares.every((each) => compared.has(each));
    return (key) => {
      const op = onSuccess.find((each) => covers(each, key));
      return op && this.#asks.get(textOf(op))?.findLast(isPart)?.process;
    };
  }
}

/** Returns the text of a part of a transaction, in whichever order its fields are. */
function textOf(part: Op | Compare): string {
  return JSON.stringify(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function covers(op: Op, key: string): boolean {
  return "deletePrefix" in op ? key.startsWith(op.deletePrefix) : keyOfOp(op) === key;
}
