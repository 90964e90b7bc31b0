import type { Unit } from "@flotilla/model";
import { triggeredUnitOf } from "@flotilla/unit";
import type { Patterns } from "./patterns.ts";

/** A unit that goes where another is, because one of the two triggers the other. */
export interface TriggerLink {
  readonly follower: string;
  readonly leader: string;
}

/**
 * A timer, path or socket with the unit that it triggers, if the cluster knows that and nothing in their files keeps
 * them apart. Of the two, the one that says more of where it is to be leads; the triggered unit does if they say the
 * same.
 *
 * @param units all that the cluster knows: a trigger waits for a unit that is inactive.
 */
export function triggerLinkOf(
  trigger: Unit,
  units: ReadonlyMap<string, Unit>,
  patterns: Patterns,
): TriggerLink | undefined {
  const triggered = units.get(triggeredUnitOf(trigger.name, trigger.file.options) ?? "");
  if (!triggered || !belongTogether(trigger, triggered, patterns)) return undefined;
  const isTriggerFirst = exactness(trigger) > exactness(triggered);
  const [leader, follower] = isTriggerFirst ? [trigger, triggered] : [triggered, trigger];
  return { leader: leader.name, follower: follower.name };
}

/** An order that does not depend on that of the maps. */
export function compareLinks(a: TriggerLink, b: TriggerLink): number {
  return a.follower === b.follower ? compare(a.leader, b.leader) : compare(a.follower, b.follower);
}

/** What their files say of one another, or of where each is to be, comes before what is taken for granted. */
function belongTogether(trigger: Unit, triggered: Unit, patterns: Patterns): boolean {
  const [one, other] = [trigger.requirements, triggered.requirements];
  const names = ({ requirements }: Unit, { name }: Unit): boolean =>
    requirements.machineOf.includes(name) ||
    [...requirements.conflicts, ...requirements.replaces].some((pattern) => patterns.matches(pattern, name));
  const isPinnedApart = one.machineID !== undefined && other.machineID !== undefined;
  return (
    trigger.name !== triggered.name &&
    !one.global &&
    !other.global &&
    !isPinnedApart &&
    !names(trigger, triggered) &&
    !names(triggered, trigger)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function exactness({ requirements: { machineID, machineOf, metadata } }: Unit): number {
  if (machineID !== undefined) return 3;
  if (machineOf.length > 0) return 2;
  return metadata.length > 0 ? 1 : 0;
}
