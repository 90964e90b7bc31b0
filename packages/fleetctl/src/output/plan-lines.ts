import { describeMachine, type MachineName, type PlanAnswer, type PlannedUnit } from "@flotilla/api/client";
import { counted } from "@flotilla/unit";

type Change = PlannedUnit["changes"][number];

/** Returns a plan for people: a line for each unit and what becomes of it, with the reasons below it. */
export function planLines({ units, others, changed, refused }: PlanAnswer): readonly string[] {
  const counts = units.filter(({ action }) => action !== "keep" && action !== "refuse").length;
  const end = refused
    ? "refused as a whole or in part; nothing was changed"
    : changed
      ? `${counted(counts, "unit")} to write, ${counted(others.length, "other unit")} affected; nothing was changed`
      : "nothing to do";
  return [
    ...units.flatMap(linesOf),
    ...others.flatMap(({ name, changes }) => changes.flatMap((change) => changeLines(name, change, ""))),
    end,
  ];
}

function linesOf(unit: PlannedUnit): readonly string[] {
  const { name, action, changes, reasons, differs, because } = unit;
  const why = because === undefined ? "" : `, by ${because}`;
  const kept = differs ? [`  the local file differs and is not used; add --replace`] : [];
  if (action === "refuse") return [`${name}: refused`, ...reasons.map((reason) => `  ${reason}`)];
  const done = `${DONE[action]}${why}`;
  if (changes.length === 0) return [`${name}: ${done}${action === "keep" ? "" : ", stays where it is"}`, ...kept];
  return [...changes.flatMap((change) => changeLines(name, change, `${done}, `)), ...kept];
}

const DONE = { create: "created", replace: "replaced", change: "set to its desired state", keep: "kept" } as const;

function changeLines(name: string, { kind, from, to, reasons }: Change, done: string): readonly string[] {
  const text: Readonly<Record<Change["kind"], string>> = {
    place: `goes to ${named(to)}`,
    move: `moves from ${named(from)} to ${named(to)}`,
    unplace: `leaves ${named(from)}`,
    update: `stays on ${named(to)}`,
    refuse: "gets no machine",
  };
  return [`${name}: ${done}${text[kind]}`, ...reasons.map((reason) => `  ${reason}`)];
}

function named(machine: MachineName | undefined): string {
  return machine === undefined ? "a machine" : describeMachine(machine);
}
