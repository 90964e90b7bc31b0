import { type KeyValue, type Lease, LeaseLostError, type Op, type Store } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import {
  decode,
  type JoinTokenRecord,
  machineRecord,
  memberRecord,
  type MemberRecord,
  removedMemberRecord,
  type RemovedMemberRecord,
  serverRecord,
} from "./records.ts";
import { ConflictError } from "./registry-error.ts";
import type { StoredToken } from "./token-registry.ts";

/** What the cluster knows of a machine ID that wants to join. */
export interface KnownMachine {
  /** The membership; `unreadable` if its value cannot be read. */
  readonly member: MemberRecord | "unreadable" | undefined;
  /** The modification revision of the membership; 0 if there is none. */
  readonly memberRevision: number;
  /** The boot ID of the machine that is present under the ID; undefined if none is. */
  readonly bootID: string | undefined;
  /** Whether the machine's daemon was a server when it started last. */
  readonly isServer: boolean;
}

export interface Admission {
  readonly machineID: string;
  readonly record: MemberRecord;
  /** The membership that this one replaces: a server becomes an agent. */
  readonly memberRevision: number;
  /** The token that loses a use; undefined if the same host has taken that use before. */
  readonly token: StoredToken<JoinTokenRecord> | undefined;
}

/** A machine that may be in the cluster. */
export interface ListedMember {
  /** The address of a server; empty for an agent. */
  readonly host: string;
  /** Milliseconds since the epoch; 0 for a machine that joined by its configuration. */
  readonly joinedAt: number;
}

/** The end of a removal: removed; or `stays`, because it is a server that is present. */
export type Removal = "removed" | "unknown" | "stays";

/**
 * How long the store knows of a removal, milliseconds: longer than the certificate of the removed machine lasts. Until then,
 * servers can tell the machine that it was removed.
 */
export const REMOVAL_KNOWN_MS = 32 * 24 * 3_600_000;

/** Each failed try means that the machine, or another server, has written. */
const TRIES = 32;

/** The memberships of machines. Servers write them, when a machine joins and when it is removed. */
export class MembershipRegistry {
  readonly #store: Pick<Store, "range" | "txn" | "grant">;

  constructor(store: Pick<Store, "range" | "txn" | "grant">) {
    this.#store = store;
  }

  /** Returns what the cluster knows of a machine. */
  async read(machineID: string, signal?: AbortSignal): Promise<KnownMachine> {
    const [member, machine, , server] = await this.#stateOf(machineID, signal);
    return {
      member: member && (decode(memberRecord, member.value) ?? "unreadable"),
      memberRevision: member?.modRevision ?? 0,
      bootID: machine && (decode(machineRecord, machine.value)?.bootID ?? ""),
      isServer: server !== undefined,
    };
  }

  /** Lists the machines that may be in the cluster, present or away: those that have joined, and servers. */
  async list(signal?: AbortSignal): Promise<ReadonlyMap<string, ListedMember>> {
    const [members, servers] = await Promise.all(
      [keys.members, keys.servers].map(async (prefix) => (await this.#store.range({ prefix }, signal)).entries),
    );
    const listed = new Map<string, ListedMember>();
    for (const { key, value } of [...(members ?? []), ...(servers ?? [])]) {
      const parsed = parseKey(key);
      if (parsed?.kind === "server") {
        const { host = "" } = decode(serverRecord, value) ?? {};
        listed.set(parsed.machineID, { joinedAt: 0, ...listed.get(parsed.machineID), host });
      } else if (parsed?.kind === "member") {
        const { joinedAt = 0 } = decode(memberRecord, value) ?? {};
        listed.set(parsed.machineID, { host: "", joinedAt });
      }
    }
    return listed;
  }

  /**
   * Admits a machine, and takes one use from the token in the same transaction, so that a token never admits more
   * machines than it says. A server that becomes an agent is no longer in the directory of servers.
   * @returns the revision of the write; undefined if the membership or the token has changed since they were read.
   */
  async admit(
    { machineID, record, memberRevision, token }: Admission,
    signal?: AbortSignal,
  ): Promise<number | undefined> {
    const member = keys.member(machineID);
    const compare = [{ key: member, modRevision: memberRevision }];
    const onSuccess: Op[] = [{ put: member, value: JSON.stringify(record) }];
    if (!record.server) onSuccess.push({ delete: keys.server(machineID) });
    if (token) {
      const key = keys.token(token.id);
      const used: JoinTokenRecord = { ...token.record, usesLeft: token.record.usesLeft - 1 };
      compare.push({ key, modRevision: token.modRevision });
      onSuccess.push({ put: key, value: JSON.stringify(used) });
    }
    const { succeeded, revision } = await this.#store.txn({ compare, onSuccess }, signal);
    return succeeded ? revision : undefined;
  }

  /**
   * Ends a machine's membership, and takes the machine out of the cluster as if it left on purpose: its units start
   * elsewhere at once, and exclusive ones when its lease has ended and its guard has had time to stop them. Deletes the
   * machine's settings, and notes that a person has ended the membership. The machine may be away.
   * @throws ConflictError when the machine or another server keeps changing the same keys.
   */
  async remove(machineID: string, signal?: AbortSignal): Promise<Removal> {
    const lease = await this.#store.grant(REMOVAL_KNOWN_MS, signal);
    try {
      const removal = await this.#remove(machineID, lease, signal);
      if (removal !== "removed") await lease.revoke(signal);
      return removal;
    } finally {
      lease.release();
    }
  }

  async #remove(machineID: string, { id: lease }: Lease, signal: AbortSignal | undefined): Promise<Removal> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const [member, machine, settings, server, removed] = await this.#stateOf(machineID, signal);
      const record = member && decode(memberRecord, member.value);
      // The host of a former agent is a server again if its daemon has announced itself.
      const isServer = !member || server !== undefined || record?.server === true;
      if (isServer && machine) return "stays";
      if (!member && !settings && !server) return "unknown";
      const compare = [
        { key: keys.member(machineID), modRevision: member?.modRevision ?? 0 },
        { key: keys.machine(machineID), modRevision: machine?.modRevision ?? 0 },
      ];
      const ended = record ?? (removed && decode(removedMemberRecord, removed.value));
      const value = JSON.stringify({ generation: ended?.generation ?? "" } satisfies RemovedMemberRecord);
      const ops: readonly Op[] = [
        { delete: keys.member(machineID) },
        { delete: keys.machineSettings(machineID) },
        { delete: keys.server(machineID) },
        { delete: keys.rotation(machineID) },
        { put: keys.removedMember(machineID), value, lease },
        ...farewell(machineID, machine),
      ];
      if (await this.#apply(compare, ops, signal)) return "removed";
    }
    throw new ConflictError(`cannot remove machine ${machineID}: it keeps changing its record; try again`);
  }

  async #apply(
    compare: readonly { readonly key: string; readonly modRevision: number }[],
    onSuccess: readonly Op[],
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    try {
      return (await this.#store.txn({ compare, onSuccess }, signal)).succeeded;
    } catch (error) {
      // The machine's lease has ended meanwhile, and its keys with it.
      if (error instanceof LeaseLostError) return false;
      throw error;
    }
  }

  #stateOf(machineID: string, signal: AbortSignal | undefined): Promise<(KeyValue | undefined)[]> {
    const wanted = [keys.member, keys.machine, keys.machineSettings, keys.server, keys.removedMember];
    return Promise.all(wanted.map((key) => this.#entry(key(machineID), signal)));
  }

  async #entry(key: string, signal: AbortSignal | undefined): Promise<KeyValue | undefined> {
    return (await this.#store.range({ prefix: key, exact: true }, signal)).entries[0];
  }
}

/** The departure under the machine's lease says until when the machine may still run exclusive units. */
function farewell(machineID: string, machine: KeyValue | undefined): readonly Op[] {
  if (!machine) return [];
  const departure = { put: keys.departure(machineID), value: "" };
  const { lease } = machine;
  return [{ delete: keys.machine(machineID) }, ...(lease === undefined ? [] : [{ ...departure, lease }])];
}
