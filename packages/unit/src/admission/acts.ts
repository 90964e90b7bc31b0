import { listedWords } from "../listed-words.ts";
import type { UnitOption } from "../unit-file.ts";

/**
 * The effect of an option on the units that it names (systemd.unit(5)):
 *
 * - `stops`: a start or a stop of the unit stops the named units.
 * - `starts`: the unit starts the named units. A start job cancels a stop job of the same unit.
 * - `reloads`: a reload of the unit reloads the named units.
 * - `ties`: the named units depend on the unit, share its name, or pass their connections to it.
 * - `delays`: the named units cannot start while the unit starts or stops.
 * - `waits`: the named units cannot start while the unit stops.
 * - `follows`: a stop or restart of a named unit stops or restarts the unit.
 */
export type Act = "stops" | "starts" | "reloads" | "ties" | "delays" | "waits" | "follows";

/** An effect that one option has on one named unit. */
export interface ActOn {
  readonly act: Act;
  readonly section: string;
  readonly option: string;
  readonly unit: string;
}

/** Options by section and act. JoinsNamespaceOf= and ReloadPropagatedFrom= have no effect on the units that they name. */
const OPTIONS: readonly (readonly [section: string, act: Act, options: readonly string[]])[] = [
  ["Unit", "stops", ["Conflicts", "PropagatesStopTo"]],
  ["Unit", "starts", ["Wants", "Requires", "RequiresOverridable", "BindsTo", "BindTo", "Upholds"]],
  ["Unit", "starts", ["OnFailure", "OnSuccess"]],
  ["Unit", "reloads", ["PropagatesReloadTo", "PropagateReloadTo"]],
  ["Unit", "delays", ["Before"]],
  ["Unit", "waits", ["After"]],
  ["Unit", "follows", ["PartOf", "Requisite", "RequisiteOverridable", "StopPropagatedFrom"]],
  ["Install", "ties", ["Alias", "Also", "RequiredBy", "WantedBy", "UpheldBy"]],
  ["Timer", "starts", ["Unit"]],
  ["Path", "starts", ["Unit"]],
  ["Socket", "ties", ["Service"]],
  ["Service", "ties", ["Sockets"]],
];

const ACTS: ReadonlyMap<string, Act> = new Map(
  OPTIONS.flatMap(([section, act, options]) => options.map((option) => [`${section} ${option}`, act] as const)),
);

/**
 * Yields the units that a unit acts on, in the order of its file. An empty assignment does not reset a dependency.
 * Some versions of systemd remove quotes in these lists and some do not, so a quoted name counts too.
 *
 * @param name the unit's name, for specifiers.
 */
export function* actsOf(name: string, options: readonly UnitOption[]): Generator<ActOn> {
  const seen = new Set<string>();
  for (const { section, name: option } of options) {
    const act = ACTS.get(`${section} ${option}`);
    if (act === undefined || seen.has(`${section} ${option}`)) continue;
    seen.add(`${section} ${option}`);
    for (const unit of listedWords(name, options, section, option)) yield { act, section, option, unit };
  }
}
