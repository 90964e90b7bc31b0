import { type ClusterSnapshot, placeOf } from "@flotilla/model";
import { ConflictError } from "@flotilla/registry";
import type { MoveUnitBody, RebalanceBody } from "../../contract/v2/operating.ts";
import type { Outcome } from "../answer.ts";
import type { ApiContext } from "../context.ts";
import { RequestError } from "../request-error.ts";
import { unitIn } from "../unknown-unit.ts";
import { meantMachine } from "../v2/meant-machine.ts";

/** Of a rebalance without a number. */
const DEFAULT_MOVES = 10;

/** Asks the leader to move a unit from where it is, if the rules allow it now. */
export async function moveUnit(
  context: ApiContext,
  name: string,
  { to, reason = "" }: MoveUnitBody,
  known: ClusterSnapshot,
  signal: AbortSignal,
): Promise<Outcome> {
  unitIn(known, name);
  const target = to === undefined ? undefined : meantMachine(known, to);
  const place = placeOf(known, name);
  if (!place) throw new RequestError("not-placed", `cannot move ${name}: it is on no machine`);
  const { machineID: from, since } = place;
  const found = await context.movePlanner.move(name, target, signal);
  if ("refused" in found)
    throw new RequestError("move-refused", `cannot move ${name}${to === undefined ? "" : ` to ${to}`}`, found.refused);
  const revision = await requestMove(
    context,
    name,
    { since, ...(target !== undefined && { to: target }), reason },
    signal,
  );
  return { status: 200, json: { from, to: found.to, units: [...found.units] }, revision };
}

/** Moves a few units towards even loads, each to the machine that the plan names. */
export async function rebalance(
  context: ApiContext,
  { dryRun = false, most = DEFAULT_MOVES }: RebalanceBody,
  known: ClusterSnapshot,
  signal: AbortSignal,
): Promise<Outcome> {
  const moves = await context.movePlanner.rebalance(most, signal);
  let revision: number | undefined;
  for (const { units, to, from } of dryRun ? [] : moves) {
    const [first] = units;
    const place = first === undefined ? undefined : placeOf(known, first);
    if (first === undefined || place?.machineID !== from) continue;
    const move = { since: place.since, to, reason: "rebalance" };
    try {
      revision = await requestMove(context, first, move, signal);
    } catch (error) {
      // Somebody else changes the unit: it is not worth the whole request.
      if (!(error instanceof ConflictError)) throw error;
    }
  }
  const json = { moves: moves.map(({ units, loads, ...rest }) => ({ ...rest, units: [...units], loads: [...loads] })) };
  return { status: 200, json, ...(revision !== undefined && { revision }) };
}

function requestMove(
  { units }: Pick<ApiContext, "units">,
  name: string,
  move: { readonly since: number; readonly to?: string; readonly reason: string },
  signal: AbortSignal,
): Promise<number> {
  return units.edit(
    name,
    (current) => (current ? { action: "write", desired: current.desired, move } : { action: "keep" }),
    signal,
  );
}
