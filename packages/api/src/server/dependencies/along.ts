import type { ClusterSnapshot } from "@flotilla/model";
import type { EditAlong, StoredUnit, UnitEdit } from "@flotilla/registry";
import { type Along, contradiction, orderingCycle, startClosure, stopClosure, type UnitOption } from "@flotilla/unit";
import { RequestError } from "../request-error.ts";
import type { GoingAlong, ToldAlong } from "./going-along.ts";
import { onRestart } from "./on-restart.ts";
import { PlannedDependencies, templateOf } from "./planned-dependencies.ts";

/** The change of one unit, as decided without regard to others. */
export interface OwnChange {
  readonly unit: string;
  readonly current: StoredUnit | undefined;
  readonly edit: UnitEdit;
  /** The options of the file that the edit stores. */
  readonly options?: readonly UnitOption[] | undefined;
  /** The request asks for launched, whether or not the unit is launched already. */
  readonly asksForLaunch?: boolean;
}

const NOTHING: GoingAlong = { edits: [], told: [] };

/**
 * Decides which other units go along with a change of one unit, as they would with systemd on one host: a start brings up
 * what the unit requires, binds to, wants or upholds, and stops what it conflicts with; a stop takes along what requires
 * the unit, binds to it or is part of it; a restart also restarts these where they run on other machines. On the
 * unit's own machine, systemd's restart job does that.
 *
 * @throws RequestError for a cycle of After= and Before= among units that run, and for a unit that conflicts with one
 *   that it requires.
 */
export function goingAlong(change: OwnChange, known: ClusterSnapshot): GoingAlong {
  const { dependencies, units } = known;
  if (!dependencies) return NOTHING;
  const { unit, edit, options } = change;
  const plan = new PlannedDependencies({ units, dependencies, file: options && { unit, options } });
  if (isStart(change)) return onStart(unit, plan, known);
  if (isStop(change))
    return toStates(
      stopClosure(unit, plan, (name) => units.has(name)),
      "loaded",
      known,
    );
  const isRestart = edit.action === "write" && (edit.restart ?? 0) > (change.current?.restart ?? 0);
  return isRestart ? onRestart(unit, plan, known) : NOTHING;
}

function isStart({ edit, asksForLaunch = false, current }: OwnChange): boolean {
  if (edit.action === "destroy") return false;
  if (edit.action === "keep") return asksForLaunch;
  return edit.desired === "launched" && (current?.desired !== "launched" || edit.text !== undefined || asksForLaunch);
}

function isStop({ edit, current }: OwnChange): boolean {
  if (edit.action === "keep" || current?.desired !== "launched") return false;
  return edit.action === "destroy" || edit.desired !== "launched";
}

function onStart(unit: string, plan: PlannedDependencies, known: ClusterSnapshot): GoingAlong {
  const isKnown = (name: string): boolean => plan.isKnown(name);
  if (plan.of(unit).length === 0 && plan.on(unit).length === 0) return NOTHING;
  const { starts, stops } = startClosure(unit, plan, isKnown);
  const started = new Set([unit, ...starts.map((along) => along.unit)]);
  refuseContradiction(unit, plan);
  const runs = (name: string): boolean => started.has(name) || known.units.get(name)?.desired === "launched";
  for (const name of started) {
    const cycle = orderingCycle(name, plan, runs);
    if (cycle)
      throw new RequestError(
        "dependency-cycle",
        `cannot start unit ${unit}: its start has to wait for itself (${[...cycle, name].join(" -> ")}); ` +
          "remove After= or Before= from one of these units",
      );
  }
  const [up, down] = [toStates(starts, "launched", known), toStates(stops, "loaded", known)];
  return { edits: [...up.edits, ...down.edits], told: [...up.told, ...down.told] };
}

function refuseContradiction(unit: string, plan: PlannedDependencies): void {
  const found = contradiction(unit, plan, (name) => plan.isKnown(name));
  if (!found) return;
  throw new RequestError(
    "dependency-conflict",
    `cannot start unit ${unit}: it requires both ${found.unit} and ${found.on}, but of these only one can run ` +
      `(${found.option}); remove one of the dependencies`,
  );
}

/** Units that are stopped already stay as they are. */
function toStates(along: readonly Along[], desired: "loaded" | "launched", known: ClusterSnapshot): GoingAlong {
  const edits: EditAlong[] = [];
  const told: ToldAlong[] = [];
  for (const { unit, because } of along) {
    const current = known.units.get(unit);
    const edit = current ? changeTo(current, desired) : creation(unit, known);
    if (!edit || (desired === "loaded" && !current)) continue;
    edits.push({ unit, current, edit });
    told.push({ name: unit, desiredState: desired, because: because.option, restart: false });
  }
  return { edits, told };
}

function changeTo(current: StoredUnit, desired: "loaded" | "launched"): UnitEdit | undefined {
  if (current.desired === desired || (desired === "loaded" && current.desired !== "launched")) return undefined;
  return { action: "write", desired };
}

function creation(unit: string, { units }: ClusterSnapshot): UnitEdit | undefined {
  const template = templateOf(unit, units);
  return template && { action: "write", text: template.file.text, hash: template.hash, desired: "launched" };
}
