import type { ChangeFeed } from "../../change-feed.ts";
import type { ManagedUnit } from "../../port.ts";
import { notOfCluster } from "../../unit-manager-error.ts";
import { unitObjectPath } from "./object-path.ts";
import { type KnownRun, RUN_PROPERTIES, runAfter } from "./run-facts.ts";
import type { ChangedProperties } from "../wire/property-signal.ts";
import { type UnitRow, impliesSuccess } from "./unit-row.ts";

type State = Omit<ManagedUnit, "name" | "text" | "run">;

/** The properties that a unit's state is read from (org.freedesktop.systemd1(5)). */
export const STATE_PROPERTIES: ReadonlySet<string> = new Set([
  "ActiveState",
  "SubState",
  "Result",
  "Job",
  "ConditionResult",
  ...RUN_PROPERTIES,
]);

/**
 * The states of the cluster's units on this machine, as systemd's signals and answers show them.
 *
 * systemd forgets an inactive unit that nothing refers to, and reads its file again when the unit is needed. Such a unit
 * is listed here as inactive, with the load state that it had last. No unit is pinned with Ref, because a pinned unit
 * keeps its old definition until a daemon-reload.
 */
export class UnitTable {
  readonly #units = new Map<string, ManagedUnit>();
  readonly #names = new Map<string, string>();
  readonly #jobPaths = new Map<string, string>();
  /** Units that systemd's signals have not shown starting since `expectStart`. */
  readonly #unstarted = new Set<string>();
  /** Units whose conditions are not met, according to systemd's last signal. */
  readonly #unmet = new Set<string>();
  readonly #runs = new Map<string, KnownRun>();
  readonly #feed: ChangeFeed;

  constructor(feed: ChangeFeed) {
    this.#feed = feed;
  }

  get units(): ReadonlyMap<string, ManagedUnit> {
    return this.#units;
  }

  /** @throws UnitManagerRefusedError for a unit that is not the cluster's. */
  assertKnown(name: string): void {
    if (!this.#units.has(name)) throw notOfCluster(name);
  }

  /** The cluster's unit with this object path; undefined for a unit of the host. */
  nameAt(objectPath: string): string | undefined {
    return this.#names.get(objectPath);
  }

  /** Notes the text of the file that is now on the disk. */
  setText(name: string, text: string): void {
    this.#put(name, { text });
  }

  /** Notes a unit whose file is no longer in place, although systemd may have loaded the unit. */
  addOrphan(name: string): void {
    this.#put(name, { text: "" });
  }

  /** Removes a unit that no longer exists. */
  remove(name: string): void {
    if (!this.#units.delete(name)) return;
    this.#names.delete(unitObjectPath(name));
    this.#jobPaths.delete(name);
    this.#unmet.delete(name);
    this.#unstarted.delete(name);
    this.#runs.delete(name);
    this.#feed.changed([name]);
  }

  /** Notes that systemd is about to be asked to start the unit. */
  expectStart(name: string): void {
    this.#unstarted.add(name);
    this.#unmet.delete(name);
  }

  /**
   * Whether systemd has skipped the unit's last start because a condition is not met. Only a signal shows that, because
   * systemd may forget the unit right after the signal, and load it again without the result of the condition.
   */
  isSkipped(name: string): boolean {
    return this.#unstarted.has(name) && this.#unmet.has(name) && this.#units.get(name)?.activeState === "inactive";
  }

  applyRow(row: UnitRow): void {
    if (!this.#units.has(row.name)) return;
    const { loadState, activeState, subState, jobType, jobPath } = row;
    this.#setJobPath(row.name, jobPath);
    const result = impliesSuccess(activeState) ? { result: "success" } : {};
    this.#put(row.name, { loadState, activeState, subState, job: jobType, ...result });
  }

  setResult(name: string, result: string): void {
    if (this.#units.has(name)) this.#put(name, { result });
  }

  /**
   * Stores a PropertiesChanged signal. systemd sends two signals for a change of state, the one with the result first.
   * The signal that clears the result of a failed unit therefore arrives before the signal with the unit's next state.
   * @returns the path of a job of another process, whose type is not in the signal.
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
      if (impliesSuccess(ActiveState)) change.result = "success";
    }
    const [jobId, jobPath] = typeof Job === "object" ? Job : [];
    if (jobId === 0) {
      this.#setJobPath(name, "");
      change.job = "";
    }
    this.#put(name, change);
    return jobPath !== undefined && jobId !== 0 && jobPath !== this.#jobPaths.get(name) ? jobPath : undefined;
  }

  /**
   * Stores the facts of a service's run. Only the end of a run is reported as a change: a start also changes the state,
   * and the facts of a running service concern nobody.
   */
  noteRun(name: string, changed: ChangedProperties): void {
    const unit = this.#units.get(name);
    if (!unit || !name.endsWith(".service")) return;
    const known = this.#runs.get(name);
    const run = runAfter(known, changed);
    if (!run || run === known) return;
    this.#runs.set(name, run);
    this.#units.set(name, { ...unit, run });
    if (run.deactivatedAt !== known?.deactivatedAt || run.mainEndedAt > known.mainEndedAt) this.#feed.changed([name]);
  }

  setJob(name: string, path: string, type: string): void {
    if (!this.#units.has(name)) return;
    this.#setJobPath(name, path);
    // systemd accepts only a stop for a unit that it could not load.
    this.#put(name, type === "stop" ? { job: type } : { job: type, loadState: "loaded" });
  }

  endJob(name: string, path: string): void {
    if (this.#jobPaths.get(name) !== path) return;
    this.#setJobPath(name, "");
    this.#put(name, { job: "" });
  }

  /** Notes that systemd has forgotten the unit. */
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

/** "stub" is systemd's load state of a unit that it has not loaded yet (systemctl --state=help). */
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
