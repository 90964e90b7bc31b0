import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { type ApiContext, readCluster } from "../context.ts";
import type { Checked } from "./bound-route.ts";

export async function getRotation(context: ApiContext, signal: AbortSignal): Promise<Outcome> {
  return { status: 200, json: await context.rotation.report(await present(context, signal), signal) };
}

export async function beginRotation(
  context: ApiContext,
  { body, signal }: Checked<typeof v2Routes.beginRotation>,
): Promise<Outcome> {
  const json = await context.rotation.begin(body.force, await present(context, signal), signal);
  return { status: 200, json };
}

export async function endRotation(
  context: ApiContext,
  { body: { authority, force }, signal }: Checked<typeof v2Routes.endRotation>,
): Promise<Outcome> {
  const json = await context.rotation.end(
    { authority, without: force ?? "none" },
    await present(context, signal),
    signal,
  );
  return { status: 200, json };
}

function present(context: ApiContext, signal: AbortSignal): Promise<ReadonlySet<string>> {
  return readCluster(context, signal, ({ machines }) => new Set(machines.keys()));
}
