import { type EventKind, facts, type MachineID, type NewEvent } from "@flotilla/model";
import type { Decision } from "@flotilla/schedule";

/** The kind of event that a written decision is; undefined for a decision that tells nobody anything. */
const KINDS: Readonly<Record<Decision["kind"], EventKind | undefined>> = {
  place: "placed",
  move: "moved",
  unplace: "unplaced",
  update: "updated",
  note: "failing",
  forget: undefined,
  "end-copy": "copy-ended",
  unplaceable: "unplaceable",
};

/** Returns the event of a change of assignments, or of a unit that no machine can take. */
export function eventsOfChange(decision: Decision): readonly NewEvent[] {
  const { unit, sentence } = decision;
  const kind = KINDS[decision.kind];
  if (kind === undefined) return [];
  const cause = causeOf(decision);
  return [{ kind, unit, ...machinesOf(decision), sentence, ...(cause !== undefined && { cause }) }];
}

function machinesOf(decision: Decision): Pick<NewEvent, "machine" | "from"> {
  switch (decision.kind) {
    case "place":
      return { machine: decision.to };
    case "move":
      return { machine: decision.to, from: decision.from };
    case "unplace":
      return { machine: decision.from };
    case "update":
    case "note":
    case "end-copy":
      return { machine: decision.on };
    default:
      return {};
  }
}

/** The fact that caused the decision; undefined if the decision does not tell. */
function causeOf(decision: Decision): string | undefined {
  const { reason, unit } = decision;
  const from = "from" in decision ? decision.from : undefined;
  switch (reason.code) {
    case "wanted":
      return decision.kind === "place" ? causeOfPlace(decision, decision.to) : undefined;
    case "machine-away":
    case "machine-gone":
      return from && facts.gone(from);
    case "keeps-failing":
      return causeOfFailure(decision);
    case "not-allowed":
      return from && reason.rule === METADATA_RULE ? facts.metadata(from) : undefined;
    case "destroyed":
      return facts.destroyed(unit);
    case "drained":
    case "drain-deadline":
      return leftBy(decision);
    case "inactive":
    case "requested":
      return writeOf(decision);
    case "changed":
      return reason.what.some((what) => what !== "secrets") ? writeOf(decision) : undefined;
    default:
      return undefined;
  }
}

/** Draining is a person's act on the machine that the unit leaves. */
function leftBy(decision: Decision): string | undefined {
  const machine = "from" in decision ? decision.from : "on" in decision ? decision.on : undefined;
  return machine && facts.upkeep(machine);
}

const METADATA_RULE = "MachineMetadata";

/** A machine that came after the unit was written is what the unit waited for. */
function causeOfPlace(decision: Decision, to: MachineID): string | undefined {
  const { revision } = unitIn(decision) ?? {};
  const joined = decision.basis.flatMap((basis) => ("machine" in basis && basis.machine === to ? basis.joined : []))[0];
  if (revision !== undefined && joined !== undefined && joined > revision) return facts.joined(to);
  return writeOf(decision);
}

function causeOfFailure(decision: Decision): string | undefined {
  const lost = decision.basis.flatMap((basis) => ("machine" in basis && basis.joined === 0 ? basis.machine : []))[0];
  if (lost !== undefined) return facts.gone(lost);
  const where = decision.kind === "move" ? decision.from : decision.kind === "note" ? decision.on : undefined;
  return where && facts.failed(decision.unit, where);
}

function writeOf(decision: Decision): string | undefined {
  const { revision } = unitIn(decision) ?? {};
  return revision === undefined || revision === 0 ? undefined : facts.unit(decision.unit, revision);
}

function unitIn({ basis, unit }: Decision): { readonly revision: number } | undefined {
  for (const each of basis) if ("unit" in each && each.unit === unit) return each;
  return undefined;
}
