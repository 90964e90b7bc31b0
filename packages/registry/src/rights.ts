import { keyOfOp, type Op, type RangeRequest, type Txn, type WatchRequest } from "@flotilla/store";
import { keys, type ParsedKey, parseKey } from "./keys.ts";

/** Which keys of a kind a machine may use: those that name the machine, or all. */
type Reach = "own" | "any";

interface KindRights {
  readonly read?: Reach;
  /** A write needs a lease, so that nothing of a machine outlives the machine. */
  readonly write?: "own";
}

const NOTHING: KindRights = {};

/**
 * The rights of a machine on each kind of key. Servers have all rights: they hold the credentials of the store.
 *
 * A machine that was taken over can lie about itself and read what was sent to it. It cannot act as another machine, and
 * it cannot read what was not addressed to it. A file is addressed by its digest, which only an assignment tells.
 */
export const MACHINE_RIGHTS: Readonly<Record<ParsedKey["kind"], KindRights>> = {
  file: { read: "any" },
  unit: NOTHING,
  attempts: NOTHING,
  runs: NOTHING,
  assignment: { read: "own" },
  mirror: { read: "own" },
  state: { read: "own", write: "own" },
  machine: { read: "own", write: "own" },
  "machine-settings": NOTHING,
  member: NOTHING,
  "removed-member": NOTHING,
  server: NOTHING,
  rotation: NOTHING,
  departure: { read: "own", write: "own" },
  publisher: { read: "own", write: "own" },
  leader: NOTHING,
  attendance: NOTHING,
  "attendance-entry": NOTHING,
  release: NOTHING,
  secret: NOTHING,
  authority: NOTHING,
  identity: { read: "any" },
  token: NOTHING,
  "token-use": NOTHING,
  base: NOTHING,
  move: NOTHING,
  "secrets-key": NOTHING,
  events: NOTHING,
  "event-floor": NOTHING,
};

type Keys = Pick<RangeRequest, "prefix" | "exact">;

/** The rights of one machine on requests to the store. Each method returns why the request is refused, or undefined. */
export class MachineRights {
  readonly #machineID: string;
  /** The prefixes below which every key is one that the machine may read. */
  readonly #directories: readonly string[];

  constructor(machineID: string) {
    this.#machineID = machineID;
    this.#directories = [keys.assignmentsOf(machineID), keys.mirrorsOf(machineID), keys.statesOf(machineID)];
  }

  range(request: Keys): string | undefined {
    if (this.#mayList(request)) return undefined;
    return refusal("read", request.exact ? request.prefix : `${request.prefix}*`);
  }

  watch(request: Keys & Pick<WatchRequest, "witness">): string | undefined {
    const { witness } = request;
    if (witness && !this.#may("read", witness.key)) return refusal("read", witness.key);
    return this.#mayList(request) ? undefined : refusal("watch", request.exact ? request.prefix : `${request.prefix}*`);
  }

  txn({ compare = [], onSuccess }: Txn): string | undefined {
    const compared = compare.find(({ key }) => !this.#may("read", key));
    // mutation: right to compare
    if (compared) return refusal("compare", compared.key);
    const written = onSuccess.find((op) => !this.#mayApply(op));
    if (written) return refusal("write", keyOfOp(written));
    const unleased = onSuccess.find((op) => "put" in op && op.lease === undefined);
    return unleased && `a machine may write ${JSON.stringify(keyOfOp(unleased))} only under a lease`;
  }

  /** Whether the transaction writes the machine's record, by which the machine is in the cluster. */
  registers({ onSuccess }: Txn): boolean {
    const record = keys.machine(this.#machineID);
    return onSuccess.some((op) => "put" in op && op.put === record);
  }

  #mayList({ prefix, exact = false }: Keys): boolean {
    return exact ? this.#may("read", prefix) : this.#directories.some((directory) => prefix.startsWith(directory));
  }

  #mayApply(op: Op): boolean {
    if ("deletePrefix" in op) return op.deletePrefix.startsWith(keys.statesOf(this.#machineID));
    return this.#may("write", keyOfOp(op));
  }

  #may(right: "read" | "write", key: string): boolean {
    const parsed = parseKey(key);
    if (!parsed) return false;
    const reach = MACHINE_RIGHTS[parsed.kind][right];
    if (reach === "own") return "machineID" in parsed && parsed.machineID === this.#machineID;
    return reach === "any";
  }
}

function refusal(right: string, key: string): string {
  return `a machine may not ${right} ${JSON.stringify(key)}`;
}
