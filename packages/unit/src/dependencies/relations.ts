import { installationOf } from "../install.ts";
import { listedWords } from "../listed-words.ts";
import type { RelationKind } from "./relation-kinds.ts";
import type { UnitOption } from "../unit-file.ts";

/** One dependency: `unit` depends on `on`. */
export interface Relation {
  readonly unit: string;
  readonly kind: RelationKind;
  readonly on: string;
  /** The option that says so, as in `BindsTo=b.service of a.service`. */
  readonly option: string;
  /** The unit whose file has the option. */
  readonly declaredBy: string;
}

interface Spelling {
  readonly kind: RelationKind;
  /** The option of the other unit's file that says the same. */
  readonly isReversed?: true;
}

/** The options of [Unit] that make dependencies. */
const OPTIONS: Readonly<Record<string, Spelling>> = {
  Requires: { kind: "requires" },
  RequiresOverridable: { kind: "requires" },
  Requisite: { kind: "requisite" },
  RequisiteOverridable: { kind: "requisite" },
  Wants: { kind: "wants" },
  BindsTo: { kind: "bindsTo" },
  BindTo: { kind: "bindsTo" },
  PartOf: { kind: "partOf" },
  Upholds: { kind: "upholds" },
  After: { kind: "after" },
  Before: { kind: "after", isReversed: true },
  Conflicts: { kind: "conflicts" },
  PropagatesReloadTo: { kind: "reloadsWith", isReversed: true },
  PropagateReloadTo: { kind: "reloadsWith", isReversed: true },
  ReloadPropagatedFrom: { kind: "reloadsWith" },
  PropagateReloadFrom: { kind: "reloadsWith" },
  PropagatesStopTo: { kind: "stopsWith", isReversed: true },
  StopPropagatedFrom: { kind: "stopsWith" },
  OnFailure: { kind: "onFailure" },
  OnSuccess: { kind: "onSuccess" },
};

/**
 * Returns the dependencies that a unit file declares, in both directions, each once. Names of units that nobody knows are
 * included.
 *
 * @param name the unit's name, for specifiers.
 */
export function relationsOf(name: string, options: readonly UnitOption[]): readonly Relation[] {
  const relations = new Map<string, Relation>();
  const add = (relation: Relation): void => {
    if (relation.unit !== relation.on) relations.set(`${relation.kind} ${relation.unit} ${relation.on}`, relation);
  };
  for (const option of new Set(options.flatMap((one) => (one.section === "Unit" ? [one.name] : [])))) {
    const spelling = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
    if (!spelling) continue;
    for (const other of listedWords(name, options, "Unit", option)) {
      const [unit, on] = spelling.isReversed ? [other, name] : [name, other];
      add({ unit, kind: spelling.kind, on, option: `${option}=${other} of ${name}`, declaredBy: name });
    }
  }
  if (!options.some(({ section }) => section === "Install")) return [...relations.values()];
  const { wantedBy, requiredBy, upheldBy } = installationOf(name, options);
  for (const [kind, option, others] of [
    ["wants", "WantedBy", wantedBy],
    ["requires", "RequiredBy", requiredBy],
    ["upholds", "UpheldBy", upheldBy],
  ] as const)
    for (const other of others)
      add({ unit: other, kind, on: name, option: `${option}=${other} of ${name}`, declaredBy: name });
  return [...relations.values()];
}
