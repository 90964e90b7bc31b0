import { joinContinuations, type Requirements, type UnitOption } from "@flotilla/unit";
import { describeCaller, type DeployerScope, type Caller } from "./caller.ts";
import type { MissingRight } from "./missing-right.ts";
import { knownText } from "./known-text.ts";
import { isWithin } from "./scope.ts";
import { privilegeIn } from "./unprivileged/privilege-in.ts";

/** A unit file that a request submits. */
export interface SubmittedFile {
  readonly name: string;
  readonly options: readonly UnitOption[];
  readonly requirements: Requirements;
}

/**
 * Returns why the caller may not submit a unit with this file; undefined if it may. Only a deployer is limited by the
 * contents of files. The right to submit the name is decided by `missingRight`.
 */
export function missingForFile(caller: Caller, file: SubmittedFile): MissingRight | undefined {
  if (caller.kind !== "token" && caller.kind !== "certificate") return undefined;
  const { grant } = caller;
  if (grant.role !== "deployer") return undefined;
  const problem =
    outOfPlace(grant, file) ?? reachesOthers(grant, file) ?? readsOthersSecrets(grant, file) ?? privilege(grant, file);
  return (
    problem && {
      right: `submit ${file.name} with this file`,
      cause: `${describeCaller(caller)} ${problem.cause}`,
      fix: problem.fix,
    }
  );
}

type Problem = Pick<MissingRight, "cause" | "fix">;

/** The unit's own requirements must imply the machines of the deployer, so that no later change moves the unit away. */
function outOfPlace({ machineMetadata }: DeployerScope, { requirements }: SubmittedFile): Problem | undefined {
  for (const [key, value] of Object.entries(machineMetadata)) {
    const isAsked = requirements.metadata.some(
      (one) => one.key === key && one.operator === "in" && one.values.length === 1 && one.values[0] === value,
    );
    if (isAsked) continue;
    return {
      cause: `is limited to machines with ${key}=${value}, which the unit does not require`,
      fix: `write MachineMetadata=${key}=${value} in [X-Fleet]`,
    };
  }
  return undefined;
}

/**
 * Replaces= takes the place of other units, and Conflicts= keeps them away from a machine. Preempts= evicts any unit with
 * a lower priority. Avoids= affects only the unit itself.
 */
function reachesOthers({ units }: DeployerScope, { requirements }: SubmittedFile): Problem | undefined {
  for (const option of ["replaces", "conflicts"] as const) {
    const other = requirements[option].find((glob) => !isWithin(units, glob));
    if (other === undefined) continue;
    const name = option === "replaces" ? "Replaces" : "Conflicts";
    return {
      cause: `is limited to units that match ${units.join(", ")}, but ${name}=${other} in [X-Fleet] may affect others`,
      fix: `name only such units in ${name}=`,
    };
  }
  if (requirements.preempts && !isWithin(units, "*"))
    return {
      cause: `is limited to units that match ${units.join(", ")}, but Preempts= in [X-Fleet] may evict others`,
      fix: "remove Preempts= from [X-Fleet]",
    };
  return undefined;
}

/**
 * The cluster's secrets have no owner, so the patterns of the deployer's units count for their names too. In any section:
 * sockets load credentials too.
 */
function readsOthersSecrets({ units }: DeployerScope, { name: unit, options }: SubmittedFile): Problem | undefined {
  const credentials = options.filter(({ name }) => name === "LoadCredential");
  const other = credentials
    .map(({ value }) => joinContinuations(value).split(":", 1)[0] ?? "")
    .find((name) => name !== "" && !isWithin(units, knownText(name, unit)));
  if (other === undefined) return undefined;
  return {
    cause: `is limited to secrets whose names match ${units.join(", ")}, but the unit loads ${JSON.stringify(other)}`,
    fix: "use a secret with such a name",
  };
}

function privilege(scope: DeployerScope, { name, options, requirements }: SubmittedFile): Problem | undefined {
  if (scope.admit === undefined) return undefined;
  if (requirements.global)
    return { cause: "may submit no global unit, which runs on every machine", fix: "remove Global= from [X-Fleet]" };
  const problem = privilegeIn(name, options, scope);
  return problem && { cause: `may submit only unprivileged units: ${problem.cause}`, fix: problem.fix };
}
