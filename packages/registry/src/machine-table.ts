import {
  type ClusterSnapshot,
  effectiveMetadata,
  type Machine,
  type MachineID,
  type MachineRecord,
  type MachineSettings,
  upkeepOf,
} from "@flotilla/model";
import type { LeaseId } from "@flotilla/store";
import { LentMap } from "./lent-map.ts";

export interface RecordInPlace {
  readonly record: MachineRecord;
  readonly joined: number;
  readonly lease: LeaseId | undefined;
}

/**
 * The present machines: each machine's record, overridden by its settings, and those by the metadata that the machine's
 * join token vouched for.
 */
export class MachineTable {
  readonly #machines = new LentMap<MachineID, Machine>();
  readonly #records = new Map<MachineID, RecordInPlace>();
  readonly #vouched = new Map<MachineID, MachineRecord["metadata"]>();
  readonly #settings = new LentMap<MachineID, MachineSettings>();

  get machines(): ReadonlyMap<MachineID, Machine> {
    return this.#machines.view;
  }

  get settings(): ReadonlyMap<MachineID, MachineSettings> {
    return this.#settings.view;
  }

  leaseOf(id: MachineID): LeaseId | undefined {
    return this.#records.get(id)?.lease;
  }

  /** Returns both maps as they are now; later changes go into copies. */
  lend(): Pick<ClusterSnapshot, "machines" | "settings"> {
    return { machines: this.#machines.lend(), settings: this.#settings.lend() };
  }

  /** @param record undefined if the machine is away. */
  setRecord(id: MachineID, record: RecordInPlace | undefined): Machine | undefined {
    if (record) this.#records.set(id, record);
    else this.#records.delete(id);
    return this.#refresh(id);
  }

  /** Returns the machine with the settings applied, if it is present. */
  setSettings(id: MachineID, settings: MachineSettings | undefined): Machine | undefined {
    if (settings) this.#settings.set(id, settings);
    else this.#settings.delete(id);
    return this.#refresh(id);
  }

  /** Returns the machine with the metadata applied, if it is present. */
  setVouched(id: MachineID, metadata: MachineRecord["metadata"] | undefined): Machine | undefined {
    if (metadata && Object.keys(metadata).length > 0) this.#vouched.set(id, metadata);
    else this.#vouched.delete(id);
    return this.#refresh(id);
  }

  #refresh(id: MachineID): Machine | undefined {
    const known = this.#records.get(id);
    if (!known) {
      this.#machines.delete(id);
      return undefined;
    }
    const vouched = this.#vouched.get(id);
    const settings = this.#settings.view.get(id);
    const metadata = effectiveMetadata(known.record.metadata, settings, vouched);
    const { record, joined } = known;
    const machine = { ...record, metadata, joined, ...(vouched && { vouched }), ...upkeepOf(settings) };
    this.#machines.set(id, machine);
    return machine;
  }
}
