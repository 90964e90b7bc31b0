import type { Demand, Verb } from "@flotilla/access";
import type { DesiredState } from "@flotilla/model";
import type { StoredUnit, UnitEdit } from "@flotilla/registry";

/**
 * Returns what an edit of a unit does. An edit that changes nothing needs no right.
 * @param isNewText whether a text in the edit comes from the request, not from a template of the cluster.
 */
export function demandsOfEdit(
  unit: string,
  current: StoredUnit | undefined,
  edit: UnitEdit,
  isNewText: boolean,
): readonly Demand[] {
  return verbsOf(current, edit, isNewText).map((verb) => ({ verb, unit }));
}

function verbsOf(current: StoredUnit | undefined, edit: UnitEdit, isNewText: boolean): readonly Verb[] {
  if (edit.action === "keep") return [];
  if (edit.action === "destroy") return ["destroy"];
  const verbs: Verb[] = [];
  if (edit.text !== undefined && isNewText) verbs.push("submit");
  const before = current?.desired ?? "inactive";
  if (edit.desired !== before) verbs.push(verbTo(edit.desired, before));
  if (edit.restart !== undefined && edit.restart !== (current?.restart ?? 0)) verbs.push("restart");
  // A new instance of a template that is not loaded yet.
  return verbs.length > 0 ? verbs : ["load"];
}

function verbTo(desired: DesiredState, before: DesiredState): Verb {
  switch (desired) {
    case "launched":
      return "start";
    case "loaded":
      return before === "launched" ? "stop" : "load";
    case "inactive":
      return "unload";
  }
}
