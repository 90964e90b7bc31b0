import { describeMachine, type Explanation, type MachineName } from "@flotilla/api/client";
import { counted } from "@flotilla/unit";

/**
 * Returns an explanation for people: where the unit is, the other machines, and the nearest fix.
 * @param most machines of a group to name.
 */
export function explanationLines(explanation: Explanation, most: number): readonly string[] {
  const { able, ruledOut, fix } = explanation;
  const also = explanation.machines.length > 0 ? "could also run on" : "could run on";
  return [
    ...headOf(explanation),
    ...(able.length === 0 ? [] : [`${also} ${counted(able.length, "machine")}, the best first:`]),
    ...shortList(able, most).map(({ scores, ...machine }) => `  ${describeMachine(machine)}${brief(scores)}`),
    ...rest(able, most),
    ...ruledOut.flatMap(({ rule, reason, machines }) => [
      `${counted(machines.length, "machine")} ruled out by ${rule}: ${reason}`,
      ...shortList(machines, most).map((machine) => `  ${describeMachine(machine)}`),
      ...rest(machines, most),
    ]),
    ...(fix === undefined ? [] : [`the nearest fix: ${fix}`]),
  ];
}

/** Where the unit is, or why it is nowhere. The groups of machines follow, so that their lines are left out here. */
function headOf({ name, desiredState, machines, reasons }: Explanation): readonly string[] {
  if (machines.length > 0)
    return machines.map(({ scores, ...machine }) => `${name} is on ${describeMachine(machine)}${brief(scores)}`);
  if (reasons.length === 0) return [`${name} is on no machine; its desired state is ${desiredState}`];
  return reasons.filter((line) => !/^(\d+ machines?: |the nearest fix: )/.test(line));
}

function brief(scores: readonly string[]): string {
  return scores.length === 0 ? "" : `: ${scores.join(", ")}`;
}

function shortList<M extends MachineName>(machines: readonly M[], most: number): readonly M[] {
  return machines.slice(0, most);
}

function rest(machines: readonly unknown[], most: number): readonly string[] {
  const left = machines.length - most;
  return left > 0 ? [`  and ${left} more; see --full`] : [];
}
