import { describeCaller, type Grant, type Caller, type Role } from "./caller.ts";
import type { MissingRight } from "./missing-right.ts";
import { matchesAny } from "./scope.ts";
import { type Verb, VERBS } from "./verbs.ts";

/** What a request does. */
export interface Demand {
  readonly verb: Verb;
  /** The unit, for a verb on units. Without one, the question is about any unit. */
  readonly unit?: string | undefined;
  /** The machines that the request reaches, for status and journal. */
  readonly machines?: readonly string[];
}

/** Returns why the caller may not do what the request does; undefined if it may. */
export function missingRight(caller: Caller, demand: Demand): MissingRight | undefined {
  const outright = missingOutright(caller, demand);
  if (outright || caller.kind !== "machine") return outright;
  const { machines = [] } = demand;
  if (machines.length > 0 && machines.every((machine) => machine === caller.machineID)) return undefined;
  return missing(demand, "a request without a token on an agent's socket concerns units on that machine only", TOKEN);
}

/**
 * As `missingRight`, before the machines of a unit are known: a request of a machine may still be refused by them.
 */
export function missingOutright(caller: Caller, demand: Demand): MissingRight | undefined {
  switch (caller.kind) {
    case "local":
    case "open":
      return undefined;
    case "machine":
      if (demand.verb === "status" || demand.verb === "journal") return undefined;
      return missing(demand, "a request without a token on an agent's socket may show status and journal only", TOKEN);
    case "token":
    case "certificate":
      return missingInGrant(describeCaller(caller), caller.grant, demand);
  }
}

const TOKEN = "send a token (fleetctl --token), or use the socket of a server";

function missingInGrant(who: string, grant: Grant, demand: Demand): MissingRight | undefined {
  const { verb, unit } = demand;
  if (!rolesFor(verb).includes(grant.role))
    return missing(demand, `${who} has a role without it`, `use a token with the role ${rolesFor(verb).join(" or ")}`);
  if (grant.role !== "deployer" || rolesFor(verb).includes("viewer")) return undefined;
  if (unit === undefined || matchesAny(grant.units, unit)) return undefined;
  return missing(
    demand,
    `${who} is limited to units that match ${grant.units.join(", ")}`,
    "choose such a name, or use another token",
  );
}

/** Returns the roles that have a verb, at least for some units. */
export function rolesFor(verb: Verb): readonly Role[] {
  return VERBS[verb].roles;
}

function missing({ verb, unit }: Demand, cause: string, fix: string): MissingRight {
  return { right: unit === undefined ? verb : `${verb} ${unit}`, cause, fix };
}
