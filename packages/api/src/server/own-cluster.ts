import {
  type Assignment,
  type ClusterSnapshot,
  EMPTY_ATTENDANCE,
  type MachineRecord,
  type Unit,
  type UnitState,
} from "@flotilla/model";
import { isProgrammingError } from "@flotilla/runtime";
import { parseUnitFile, requirementsOf } from "@flotilla/unit";
import type { ClusterReader, ClusterSource } from "./ports.ts";
import { RequestError } from "./request-error.ts";

export interface OwnClusterOptions {
  readonly machine: () => MachineRecord;
  readonly assignments: () => { readonly all: ReadonlyMap<string, Assignment>; readonly revision: number };
  /** Returns the states of this machine's units. */
  readonly states: () => ReadonlyMap<string, UnitState>;
  /** Reads a unit's file as the agent gave it to systemd. Rejects if there is none. */
  readonly fileOf: (unit: string) => Promise<string>;
}

/**
 * The part of the cluster that is on this machine, as a cluster of its own. An agent's socket shows it without a token,
 * and needs no server for it.
 */
export class OwnCluster implements ClusterSource, ClusterReader {
  readonly #options: OwnClusterOptions;
  readonly isWhole = true;

  constructor(options: OwnClusterOptions) {
    this.#options = options;
  }

  with<T>(use: (reader: ClusterReader) => Promise<T>): Promise<T> {
    return use(this);
  }

  async fresh(): Promise<ClusterSnapshot> {
    const { machine, assignments, states } = this.#options;
    const { all, revision } = assignments();
    const own = new Map(all);
    const read = await Promise.all([...own.values()].map((assignment) => this.#unit(assignment)));
    const units = new Map(read.flatMap((unit) => (unit ? [[unit.name, unit]] : [])));
    const record = machine();
    return {
      revision,
      machines: new Map([[record.id, { ...record, joined: revision }]]),
      units,
      unreadable: new Set([...own.keys()].filter((name) => !units.has(name))),
      settings: new Map(),
      secrets: new Map(),
      assignments: byUnit(own),
      assignmentsOn: new Map([[record.id, own]]),
      states: byUnit(states()),
      attempts: new Map(),
      histories: new Map(),
      leader: undefined,
      attendance: EMPTY_ATTENDANCE,
    };
  }

  latest(): Promise<ClusterSnapshot> {
    return this.fresh();
  }

  get events(): never {
    throw new RequestError("unavailable", "cannot show events without a token: only a server has them; send a token");
  }

  onChange(): never {
    throw new RequestError("unavailable", "cannot watch without a token: only a server sees changes; send a token");
  }

  follow(): AsyncIterable<never> {
    throw new RequestError("unavailable", "cannot watch without a token: only a server sees changes; send a token");
  }

  /** Undefined while the agent has not given the unit's file to systemd. */
  async #unit({
    unit: name,
    digest,
    hash,
    desired,
    restart,
    secrets,
    revision,
  }: Assignment): Promise<Unit | undefined> {
    try {
      const file = parseUnitFile(await this.#options.fileOf(name));
      const requirements = requirementsOf(name, file.options);
      return { name, digest, hash, desired, restart, secrets, stoppedAt: 0, file, requirements, revision };
    } catch (error) {
      if (isProgrammingError(error)) throw error;
      return undefined;
    }
  }
}

function byUnit<T extends { readonly machineID: string }>(values: ReadonlyMap<string, T>): Map<string, Map<string, T>> {
  return new Map([...values].map(([unit, value]) => [unit, new Map([[value.machineID, value]])]));
}
