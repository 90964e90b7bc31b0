import type { Caller } from "@flotilla/access";
import type { planningRoutes } from "../../contract/v2/planning-routes.ts";
import type { PlanAnswer, PlanBody } from "../../contract/v2/planning.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster } from "../context.ts";
import type { Checked } from "../v2/bound-route.ts";
import { answerOf } from "./plan-answer.ts";
import { UnitPlanning } from "./planned-units.ts";
import type { PlannedUnits, WantedFile } from "./wanted-file.ts";
import { checkedFile, textsOf } from "./wanted-files.ts";

/** Handles POST /plan. */
export async function planUnits(
  context: ApiContext,
  { body, signal, access }: Checked<typeof planningRoutes.planUnits>,
): Promise<Outcome> {
  return { status: 200, json: (await planOf(context, body.units, access.caller, signal)).answer };
}

/** Returns what would happen if the units were put. Changes nothing. */
export async function planOf(
  context: ApiContext,
  wanted: PlanBody["units"],
  caller: Caller,
  signal: AbortSignal,
): Promise<{ readonly answer: PlanAnswer; readonly written: PlannedUnits["written"] }> {
  const texts = await readCluster(context, signal, (known) => textsOf(wanted, known));
  const files: WantedFile[] = [];
  for (const [index, entry] of wanted.entries()) files.push(await checkedFile(context, entry, texts[index]));
  const planned = await readCluster(context, signal, (known) => {
    const planning = new UnitPlanning(known, caller);
    for (const file of files) planning.add(file);
    return planning.result;
  });
  const changes = await context.planner.plan([...planned.written.values()], signal);
  const answer = await readCluster(context, signal, (known) => answerOf(planned, changes, known));
  return { answer, written: planned.written };
}
