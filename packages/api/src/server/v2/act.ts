import { constants } from "node:os";
import type { z } from "zod";
import type { unitActionBody, UnitActionResult } from "../../contract/v2/requests.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import type { ApiContext } from "../context.ts";
import { MachineUnreachableError, type UnitAction } from "../ports.ts";
import { RequestError } from "../request-error.ts";
import type { Checked } from "./bound-route.ts";
import { machinesOf } from "./unit-machines.ts";

/** Does it on all of the unit's machines at once, and tells of each how it went. */
export async function actOnUnit(
  context: ApiContext,
  { params, body, signal }: Checked<typeof v2Routes.actOnUnit>,
): Promise<Outcome> {
  const machines = await machinesOf(context, params.name, { wanted: body.machine }, signal);
  const action = actionOf(body);
  const asked = await Promise.all(machines.map((machineID) => askOne(context, machineID, params.name, action, signal)));
  const [first] = asked;
  if (first && asked.every(({ reached }) => !reached)) {
    const messages = asked.map(({ result }) => result.message);
    throw new RequestError("machine-unreachable", first.result.message, messages.length > 1 ? messages : []);
  }
  return { status: 200, json: { results: asked.map(({ result }) => result) } };
}

interface Asked {
  readonly reached: boolean;
  readonly result: UnitActionResult;
}

/** One machine that does not answer must not hide how it went on the others. */
async function askOne(
  { operator }: ApiContext,
  machineID: string,
  unit: string,
  action: UnitAction,
  signal: AbortSignal,
): Promise<Asked> {
  try {
    return { reached: true, result: { machineID, ...(await operator.act(machineID, unit, action, signal)) } };
  } catch (error) {
    if (!(error instanceof MachineUnreachableError)) throw error;
    return { reached: false, result: { machineID, ok: false, message: error.message } };
  }
}

function actionOf(body: z.output<typeof unitActionBody>): UnitAction {
  if (body.action !== "kill") return { kind: body.action };
  const { signal = constants.signals.SIGTERM, whom = "all" } = body;
  return { kind: "kill", signal, whom };
}
