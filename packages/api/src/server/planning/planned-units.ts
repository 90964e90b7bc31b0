import { type Caller, describeMissing, missingForFile, missingRight, type Demand } from "@flotilla/access";
import { type ClusterSnapshot, snapshotWith, type Unit } from "@flotilla/model";
import type { UnitEdit } from "@flotilla/registry";
import { parseUnitName } from "@flotilla/unit";
import type { PlannedUnit } from "../../contract/v2/planning.ts";
import { demandsOfEdit } from "../access/edit-demands.ts";
import { goingAlong } from "../dependencies/along.ts";
import { RequestError, requestErrorFor } from "../request-error.ts";
import { type CheckedFile, checkName } from "../unit-check.ts";
import { unknownUnit } from "../unknown-unit.ts";
import type { PlannedUnits, WantedFile } from "./wanted-file.ts";

/** Applies the requests to the units that the cluster has, one after the other. Nothing is written. */
export class UnitPlanning {
  readonly #known: ClusterSnapshot;
  readonly #caller: Caller;
  readonly #units: Map<string, Unit>;
  readonly #written = new Map<string, Unit>();
  readonly #rows = new Map<string, Omit<PlannedUnit, "changes">>();

  /** @param caller whose rights the real requests would need. */
  constructor(known: ClusterSnapshot, caller: Caller) {
    this.#known = known;
    this.#caller = caller;
    this.#units = new Map(known.units);
  }

  get result(): PlannedUnits {
    return { written: this.#written, rows: [...this.#rows.values()] };
  }

  /** Applies one request. A refusal is part of the result. */
  add(entry: WantedFile): void {
    const { name } = entry.wanted;
    try {
      this.#addOne(entry);
    } catch (thrown) {
      const error = requestErrorFor(thrown);
      if (!error) throw thrown;
      this.#note(name, { action: "refuse", reasons: [error.message] });
    }
  }

  #addOne({ wanted: { name, replace, desiredState }, file, refusal }: WantedFile): void {
    if (refusal !== undefined) return this.#note(name, { action: "refuse", reasons: [refusal] });
    const desired = desiredState ?? (parseUnitName(name).isTemplate ? "inactive" : "launched");
    checkName(name, desired);
    const current = this.#units.get(name);
    const isNew = file !== undefined && (!current || (replace === true && file.digest !== current.digest));
    if (!current && !file) throw unknownUnit(name);
    const edit: UnitEdit =
      isNew && file
        ? { action: "write", text: file.text, hash: file.hash, desired }
        : desired === current?.desired
          ? { action: "keep" }
          : { action: "write", desired };
    this.#require(demandsOfEdit(name, current, edit, isNew));
    const missing = isNew ? missingForFile(this.#caller, file.submitted) : undefined;
    if (missing) throw new RequestError("forbidden", describeMissing(missing));
    const options = isNew ? file.submitted.options : undefined;
    const known = snapshotWith(this.#known, this.#units);
    const along = goingAlong({ unit: name, current, edit, options, asksForLaunch: desired === "launched" }, known);
    this.#write(name, current, isNew ? file : undefined, desired);
    const action = !current ? "create" : isNew ? "replace" : edit.action === "keep" ? "keep" : "change";
    const differs = current !== undefined && file !== undefined && !isNew && file.hash !== current.hash;
    this.#note(name, { action, differs, warnings: [...(file?.warnings ?? [])] });
    along.edits.forEach(({ unit, current: before, edit: other }, index) => {
      this.#require(demandsOfEdit(unit, before, other, false));
      const its = this.#units.get(unit);
      if (!its || other.action !== "write") return;
      this.#write(unit, its, undefined, other.desired);
      const because = along.told[index]?.because;
      this.#note(unit, { action: "change", ...(because !== undefined && { because }) });
    });
  }

  /** Not through the request's access, which records what a request does: a plan does nothing. */
  #require(demands: readonly Demand[]): void {
    for (const demand of demands) {
      const missing = missingRight(this.#caller, demand);
      if (missing) throw new RequestError("forbidden", describeMissing(missing));
    }
  }

  #write(name: string, current: Unit | undefined, file: CheckedFile | undefined, desired: Unit["desired"]): void {
    const revision = this.#known.revision + 1 + this.#written.size;
    const content = file && {
      digest: file.digest,
      hash: file.hash,
      file: { text: file.text, options: file.submitted.options },
      requirements: file.submitted.requirements,
    };
    const base = current ?? { name, restart: 0, secrets: 0 };
    const unit = { ...base, ...content, desired, stoppedAt: 0, revision } as Unit;
    if (current && !file && current.desired === desired) return;
    this.#units.set(name, unit);
    this.#written.set(name, unit);
  }

  #note(name: string, row: Partial<PlannedUnit> & Pick<PlannedUnit, "action">): void {
    if (this.#rows.has(name) && row.because !== undefined) return;
    this.#rows.set(name, { name, differs: false, reasons: [], warnings: [], ...row });
  }
}
