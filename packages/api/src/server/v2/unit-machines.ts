import { attemptsOf, type ClusterSnapshot, type FailedAttempt } from "@flotilla/model";
import { parseUnitName } from "@flotilla/unit";
import { whereToLook } from "../cluster-reads.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { RequestError } from "../request-error.ts";
import { unitIn } from "../unknown-unit.ts";

export interface Whereabouts {
  /** The beginning of a machine's ID. */
  readonly wanted: string | undefined;
  /** Whether that may be one on which the unit has failed before it moved. Default false. */
  readonly past?: boolean;
}

/** The machines to ask about a unit: all of its places, or the one whose ID begins with what is wanted. */
export async function machinesOf(
  context: ApiContext,
  name: string,
  { wanted, past = false }: Whereabouts,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await readCluster(context, signal, (snapshot) => {
    const unit = unitIn(snapshot, name);
    if (wanted !== undefined) {
      const before = past ? attemptsOf(unit, snapshot) : [];
      return [machineLike(snapshot, name, wanted, before)];
    }
    const places = whereToLook(snapshot, name);
    const isLeft = places.every(({ leaving, machineID }) => leaving && !snapshot.machines.has(machineID));
    if (!isLeft) return places.map(({ machineID }) => machineID);
    if (unit.desired === "inactive") throw new RequestError("not-placed", whyInactive(name));
    return [];
  });
  if (found.length > 0) return found;
  const reasons = (await context.explain([name], signal)).get(name) ?? [];
  throw new RequestError(
    "not-placed",
    `Unit ${name} is on no machine${reasons.length > 0 ? "" : " yet; ask again in a moment"}.`,
    reasons,
  );
}

function whyInactive(name: string): string {
  return parseUnitName(name).isTemplate
    ? `${name} is a template and on no machine itself; name an instance of it, such as ${name.replace("@.", "@1.")}.`
    : `Unit ${name} is on no machine, for its desired state is inactive; load or start it first.`;
}

function machineLike(
  snapshot: ClusterSnapshot,
  name: string,
  wanted: string,
  before: readonly FailedAttempt[],
): string {
  const places = [...(snapshot.assignments.get(name)?.keys() ?? [])];
  const all = new Set([...places, ...before.map(({ machineID }) => machineID)]);
  const matching = [...all].filter((id) => id.startsWith(wanted));
  const [only] = matching;
  if (only === undefined)
    throw new RequestError(
      "machine-not-found",
      `Unit ${name} is on no machine whose ID begins with ${wanted}; it is on: ${places.join(", ") || "none"}.`,
    );
  if (matching.length > 1)
    throw new RequestError(
      "ambiguous-machine",
      `Several machines of unit ${name} have an ID that begins with ${wanted}; give more of it.`,
      matching,
    );
  return only;
}
