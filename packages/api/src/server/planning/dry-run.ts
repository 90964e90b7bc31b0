import type { PutUnitAnswer } from "../../contract/v2/requests.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster } from "../context.ts";
import { RequestError } from "../request-error.ts";
import type { Checked } from "../v2/bound-route.ts";
import { planOf } from "./plan-units.ts";

/** Handles PUT /units/{name} with dryRun: answers as the real request would, with the plan, and writes nothing. */
export async function dryRun(
  context: ApiContext,
  { params: { name }, body, signal, access }: Checked<typeof v2Routes.putUnit>,
): Promise<Outcome> {
  if (body.restart)
    throw new RequestError("bad-request", `cannot plan a restart of unit ${name}; leave out restart or dryRun`);
  const current = await readCluster(context, signal, ({ units }) => units.get(name));
  const desiredState = body.desiredState ?? current?.desired ?? "inactive";
  const { file, replace } = body;
  const wanted = { name, desiredState, ...(file !== undefined && { file }), ...(replace && { replace }) };
  const { answer: plan, written } = await planOf(context, [wanted], access.caller, signal);
  const row = plan.units.find((unit) => unit.name === name);
  const hash = written.get(name)?.hash ?? current?.hash ?? "";
  const answer: PutUnitAnswer = {
    unit: { name, hash, desiredState, restart: current?.restart ?? 0 },
    created: row?.action === "create",
    changed: row !== undefined && row.action !== "keep" && row.action !== "refuse",
    differs: row?.differs ?? false,
    warnings: row?.warnings ?? [],
    plan,
  };
  return { status: 200, json: answer };
}
