import { effectiveMetadata, type MachineSettings } from "@flotilla/model";
import type { KeyValue } from "@flotilla/store";
import { parseUnitFile, type Requirements, requirementsOf } from "@flotilla/unit";
import type { Ledger } from "./ledger.ts";
import { assignmentOf, machineOf, type StoredAssignment, type StoredUnit, unitOf } from "./records.ts";

const NOTHING: Requirements = requirementsOf("nothing.service", []);

/** The ledger's entries as units, assignments and machines. */
export class Reading {
  readonly #ledger: Ledger;
  readonly #requirements = new Map<string, Requirements>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  units(): StoredUnit[] {
    return this.#ledger.under("unit/").map(unitOf);
  }

  assignments(): StoredAssignment[] {
    return this.#ledger.under("assignment/").map(assignmentOf);
  }

  assignmentsOn(machineID: string): StoredAssignment[] {
    return this.#ledger.under(`assignment/${machineID}/`).map(assignmentOf);
  }

  placesOf(unit: string): StoredAssignment[] {
    return this.assignments().filter((assignment) => assignment.unit === unit);
  }

  requirementsOf(unit: StoredUnit): Requirements {
    return this.#requirementsIn(unit.name, this.#ledger.entries.get(`file/${unit.digest}`), unit.digest);
  }

  /** Returns the requirements that the unit had in the last `ms` milliseconds; empty ones while it did not exist. */
  requirementsLately(unit: string, ms: number): Requirements[] {
    return this.#ledger.lately(`unit/${unit}`, ms).map((entry) => {
      if (!entry) return NOTHING;
      const { digest } = unitOf(entry);
      const file = this.#ledger.at(`file/${digest}`, entry.modRevision);
      return this.#requirementsIn(unit, file, digest);
    });
  }

  metadataOf(machineID: string): Readonly<Record<string, string>> {
    return this.metadataLately(machineID, 0).at(-1) ?? {};
  }

  metadataLately(machineID: string, ms: number): Record<string, string>[] {
    const record = this.#ledger.entries.get(`machine/${machineID}`);
    const own = record ? machineOf(record).metadata : {};
    return this.#ledger
      .lately(`machine-settings/${machineID}`, ms)
      .map((entry) => effectiveMetadata(own, entry && (JSON.parse(entry.value) as MachineSettings)));
  }

  #requirementsIn(name: string, file: KeyValue | undefined, digest: string): Requirements {
    const key = `${name} ${digest}`;
    const known = this.#requirements.get(key);
    if (known) return known;
    const requirements = file ? requirementsOf(name, parseUnitFile(file.value).options) : NOTHING;
    if (file) this.#requirements.set(key, requirements);
    return requirements;
  }
}
