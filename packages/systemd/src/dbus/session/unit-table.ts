import type { ChangeFeed } from "../../change-feed.ts";
import type { ManagedUnit } from "../../port.ts";
import { unitObjectPath } from "./object-path.ts";
import type { ChangedProperties } from "../wire/property-signal.ts";
import { type UnitRow, isSettled } from "./unit-row.ts";

type State = Omit<ManagedUnit, "name" | "text">;

/** What a unit's state is read from (org.freedesktop.systemd1(5)). */
export const STATE_PROPERTIES: ReadonlySet<string> = new Set([
  "ActiveState",
  "SubState",
  "Result",
  "Job",
  "ConditionResult",
]);

/**
 * What is known of the cluster's units on this machine, kept up to date by systemd's signals.
 *
 * systemd forgets a unit that is inactive and that nothing refers to, and reads its file again when it is
 * next wanted. Such a unit shows here as inactive with the load state that it last had. Nothing is pinned
 * with Ref: a pinned unit would keep its old definition until a daemon-reload.
 */
export class UnitTable {
  readonly #units = new Map<string, ManagedUnit>();
  readonly #names = new Map<string, string>();
  readonly #jobPaths = new Map<string, string>();
  /** Units that systemd has not begun to start since `expectStart`, as its signals show. */
  readonly #unstarted = new Set<string>();
  /** Those of them whose conditions are said not to be met. */
  readonly #unmet = new Set<string>();
  readonly #feed: ChangeFeed;

  constructor(feed: ChangeFeed) {
    this.#feed = feed;
  }

  get units(): ReadonlyMap<string, ManagedUnit> {
    return this.#units;
  }

  /** The cluster's unit with this object path; undefined for the host's own. */
  nameAt(objectPath: string): string | undefined {
    return this.#names.get(objectPath);
  }

  /** Notes the file that is now on the disk. */
  setText(name: string, text: string): void {
    this.#put(name, { text });
  }

  /** Notes a unit whose file is not in place any more, and which systemd may have loaded from it. */
  addOrphan(name: string): void {
    this.#put(name, { text: "" });
  }

  /** Nothing of the unit is left. */
  remove(name: string): void {
    if (!this.#units.delete(name)) return;
    this.#names.delete(unitObjectPath(name));
    this.#jobPaths.delete(name);
    this.#unmet.delete(name);
    this.#unstarted.delete(name);
    this.#feed.changed([name]);
  }

  /** systemd is about to be asked to start the unit. */
  expectStart(name: string): void {
    this.#unstarted.add(name);
    this.#unmet.delete(name);
  }

  /**
   * systemd has skipped the unit's last start, for a condition that is not met. It says so by a signal alone: it may have
   * forgotten the unit right after that, and have read it anew.
   */
  isSkipped(name: string): boolean {
    return this.#unstarted.has(name) && this.#unmet.has(name) && this.#units.get(name)?.activeState === "inactive";
  }

  applyRow(row: UnitRow): void {
    if (!this.#units.has(row.name)) return;
    const { loadState, activeState, subState, jobType, jobPath } = row;
    this.#setJobPath(row.name, jobPath);
    const result = isSettled(activeState) ? { result: "success" } : {};
    this.#put(row.name, { loadState, activeState, subState, job: jobType, ...result });
  }

  setResult(name: string, result: string): void {
    if (this.#units.has(name)) this.#put(name, { result });
  }

  /**
   * Takes in a PropertiesChanged signal. A change of state is told by two, the result of the unit's type first: one
   * that clears the result of a failed unit is only the beginning of its next state.
   * @returns the path of a job of somebody else's, whose type the signal does not tell.
   */
  applyProperties(name: string, changed: ChangedProperties): string | undefined {
    const { ActiveState, SubState, Result, Job, ConditionResult } = changed;
    if (ConditionResult === false) this.#unmet.add(name);
    else if (ConditionResult === true) this.#unmet.delete(name);
    if (ActiveState === "activating" || ActiveState === "active") this.#unstarted.delete(name);
    const change: { -readonly [K in keyof State]?: State[K] } = {};
    const isCleared =
      Result === "success" && ActiveState === undefined && this.#units.get(name)?.activeState === "failed";
    if (typeof Result === "string" && !isCleared) change.result = Result;
    if (typeof SubState === "string") change.subState = SubState;
    if (typeof ActiveState === "string") {
      change.activeState = ActiveState;
      if (isSettled(ActiveState)) change.result = "success";
    }
    const [jobId, jobPath] = typeof Job === "object" ? Job : [];
    if (jobId === 0) {
      this.#setJobPath(name, "");
      change.job = "";
    }
    this.#put(name, change);
    return jobPath !== undefined && jobId !== 0 && jobPath !== this.#jobPaths.get(name) ? jobPath : undefined;
  }

  setJob(name: string, path: string, type: string): void {
    if (!this.#units.has(name)) return;
    this.#setJobPath(name, path);
    // systemd takes no job but a stop for a unit that it could not load.
    this.#put(name, type === "stop" ? { job: type } : { job: type, loadState: "loaded" });
  }

  endJob(name: string, path: string): void {
    if (this.#jobPaths.get(name) !== path) return;
    this.#setJobPath(name, "");
    this.#put(name, { job: "" });
  }

  /** systemd has forgotten the unit. */
  forget(name: string): void {
    if (!this.#units.has(name)) return;
    this.#setJobPath(name, "");
    this.#put(name, { activeState: "inactive", subState: "dead", job: "" });
  }

  #setJobPath(name: string, path: string): void {
    if (path === "") this.#jobPaths.delete(name);
    else this.#jobPaths.set(name, path);
  }

  #put(name: string, change: Partial<ManagedUnit>): void {
    const old = this.#units.get(name);
    const unit = { ...(old ?? unloaded(name)), ...change };
    if (old !== undefined && same(old, unit)) return;
    this.#units.set(name, unit);
    if (old === undefined) this.#names.set(unitObjectPath(name), name);
    this.#feed.changed([name]);
  }
}

/** "stub" is systemd's own word for a unit that it has not loaded so far (systemctl --state=help). */
function unloaded(name: string): ManagedUnit {
  return { name, text: "", loadState: "stub", activeState: "inactive", subState: "dead", job: "", result: "success" };
}

function same(one: ManagedUnit, other: ManagedUnit): boolean {
  return (
    one.text === other.text &&
    one.loadState === other.loadState &&
    one.activeState === other.activeState &&
    one.subState === other.subState &&
    one.job === other.job &&
    one.result === other.result
  );
}
