import { listedWords } from "../listed-words.ts";
import type { UnitOption } from "../unit-file.ts";

/**
 * What an option does to the units that it names (systemd.unit(5)):
 *
 * - `stops`: the start or the stop of the unit stops them.
 * - `starts`: the unit starts them. A start that comes during a stop cancels the stop.
 * - `reloads`: a reload of the unit reloads them.
 * - `ties`: they depend on the unit, get its name, or give their connections away.
 * - `delays`: while the unit starts or stops, they cannot start.
 * - `waits`: while the unit stops, they cannot start.
 * - `follows`: when they stop or restart, the unit does.
 */
export type Act = "stops" | "starts" | "reloads" | "ties" | "delays" | "waits" | "follows";

/** A unit that an option of another acts on. */
export interface ActOn {
  readonly act: Act;
  readonly section: string;
  readonly option: string;
  readonly unit: string;
}

/** By section and act, the options; JoinsNamespaceOf= and ReloadPropagatedFrom= do nothing to the units that they name. */
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
 * The units that a unit acts on, in the order of its file. An empty assignment does not take back the dependencies
 * before it. Some versions of systemd remove quotes here and some do not: both readings count.
 *
 * @param name the unit's, for its specifiers.
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
