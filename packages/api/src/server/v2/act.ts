import { constants } from "node:os";
import type { z } from "zod";
import type { unitActionBody, UnitActionResult } from "../../contract/v2/requests.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import type { ApiContext } from "../context.ts";
import type { UnitAction } from "../ports.ts";
import { askMachines } from "./ask-machines.ts";
import type { Checked } from "./bound-route.ts";
import { machinesOf } from "./unit-machines.ts";

/** Acts on the unit on all of its machines at the same time, and returns the result of each. */
export async function actOnUnit(
  context: ApiContext,
  { params, body, signal, access }: Checked<typeof v2Routes.actOnUnit>,
): Promise<Outcome> {
  access.require({ verb: body.action, unit: params.name });
  const machines = await machinesOf(context, params.name, { wanted: body.machine }, signal);
  const action = actionOf(body);
  const results: readonly UnitActionResult[] = await askMachines(machines, {
    ask: (machineID) => context.operator.act(machineID, params.name, action, signal),
    unreachable: (message) => ({ ok: false, message }),
  });
  return { status: 200, json: { results } };
}

function actionOf(body: z.output<typeof unitActionBody>): UnitAction {
  if (body.action !== "kill") return { kind: body.action };
  const { signal = constants.signals.SIGTERM, whom = "all" } = body;
  return { kind: "kill", signal, whom };
}
