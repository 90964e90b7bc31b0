import type { KeyValue, Store } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import { decode, memberRecord, rotationRecord, type RotationRecord } from "./records.ts";
import { type KnownServer, ServerDirectory } from "./server-directory.ts";

/** An agent of the cluster, whether it runs now or not. */
export interface KnownAgent {
  readonly machineID: string;
  /** SHA-256 of the authority that signed the agent's certificate, as shown since the rotation began; else undefined. */
  readonly issuer: string | undefined;
}

/** Every machine that has a certificate of the cluster's authority. */
export interface CertifiedMachines {
  readonly servers: readonly KnownServer[];
  readonly agents: readonly KnownAgent[];
}

/**
 * Which machines have a certificate of the new authority during a rotation. Servers say it of themselves in their
 * records; of an agent, the server says it that the agent has asked.
 */
export class RotationRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Notes what an agent has shown, unless the store has it. */
  async note(machineID: string, shown: RotationRecord, signal?: AbortSignal): Promise<void> {
    const key = keys.rotation(machineID);
    const value = JSON.stringify(shown);
    const [known] = (await this.#store.range({ prefix: key, exact: true }, signal)).entries;
    if (known?.value === value) return;
    // A machine that is removed meanwhile leaves no key behind.
    const member = keys.member(machineID);
    const [membership] = (await this.#store.range({ prefix: member, exact: true }, signal)).entries;
    if (!membership) return;
    const compare = [{ key: member, modRevision: membership.modRevision }];
    await this.#store.txn({ compare, onSuccess: [{ put: key, value }] }, signal);
  }

  async machines(signal?: AbortSignal): Promise<CertifiedMachines> {
    const [servers, members, shown] = await Promise.all([
      new ServerDirectory(this.#store).list(signal),
      this.#entries(keys.members, signal),
      this.#entries(keys.rotations, signal),
    ]);
    const isServer = new Set(servers.map(({ machineID }) => machineID));
    const agents = [...members].flatMap(([machineID, { value }]) => {
      const member = decode(memberRecord, value);
      if (!member || member.server || isServer.has(machineID)) return [];
      const fact = decode(rotationRecord, shown.get(machineID)?.value ?? "");
      return [{ machineID, issuer: fact?.generation === member.generation ? fact.issuer : undefined }];
    });
    return { servers, agents };
  }

  async #entries(prefix: string, signal?: AbortSignal): Promise<ReadonlyMap<string, KeyValue>> {
    const { entries } = await this.#store.range({ prefix }, signal);
    return new Map(
      entries.flatMap((entry) => {
        const parsed = parseKey(entry.key);
        return parsed && "machineID" in parsed ? [[parsed.machineID, entry] as const] : [];
      }),
    );
  }
}
