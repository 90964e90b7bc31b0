import { logFailure } from "@flotilla/runtime";
import type { UnitStatus } from "../../contract/v2/requests.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { untilReaderGone } from "../client-gone.ts";
import type { ApiContext } from "../context.ts";
import { MachineUnreachableError } from "../ports.ts";
import { RequestError } from "../request-error.ts";
import { streamText } from "../stream-text.ts";
import type { Checked } from "./bound-route.ts";
import { machinesOf } from "./unit-machines.ts";

/** What `systemctl status` exits with when the state of a unit is not known (LSB, also systemctl(1)). */
const STATUS_UNKNOWN = 4;

export async function unitStatuses(
  context: ApiContext,
  { params, query, signal }: Checked<typeof v2Routes.getUnitStatus>,
): Promise<Outcome> {
  const machines = await machinesOf(context, params.name, { wanted: query.machine }, signal);
  const asked = await Promise.all(
    machines.map((machineID) => context.statuses.run(() => askOne(context, machineID, params.name, signal), signal)),
  );
  const [first] = asked;
  if (first && asked.every(({ reached }) => !reached)) {
    throw new RequestError(
      "machine-unreachable",
      first.status.text,
      asked.length > 1 ? asked.map(({ status }) => status.text) : [],
    );
  }
  return { status: 200, json: { statuses: asked.map(({ status }) => status) } };
}

interface Asked {
  readonly reached: boolean;
  readonly status: UnitStatus;
}

/** One machine that does not answer must not hide what the others say. */
async function askOne({ inspector }: ApiContext, machineID: string, name: string, signal: AbortSignal): Promise<Asked> {
  try {
    return { reached: true, status: { machineID, ...(await inspector.status(machineID, name, signal)) } };
  } catch (error) {
    if (!(error instanceof MachineUnreachableError)) throw error;
    return { reached: false, status: { machineID, code: STATUS_UNKNOWN, text: error.message } };
  }
}

export function unitJournal(context: ApiContext, request: Checked<typeof v2Routes.getUnitJournal>): Promise<Outcome> {
  return context.journals.run(() => streamJournal(context, request));
}

async function streamJournal(
  context: ApiContext,
  { params, query, signal, reply }: Checked<typeof v2Routes.getUnitJournal>,
): Promise<Outcome> {
  const machines = await machinesOf(context, params.name, { wanted: query.machine, past: true }, signal);
  const [machineID] = machines;
  if (machineID === undefined || machines.length > 1) {
    throw new RequestError(
      "ambiguous-machine",
      `Unit ${params.name} is on ${machines.length} machines: name one of them with ?machine=.`,
      machines,
    );
  }
  const { lines, follow, output, cursor } = query;
  const either = AbortSignal.any([follow ? untilReaderGone(reply) : signal, context.closing]);
  const text = await context.inspector.journal(machineID, params.name, { lines, follow, output, cursor }, either);
  const onFailure = (error: unknown): void =>
    logFailure(context.log, "a journal's stream broke off", error, { unit: params.name, machineID });
  await streamText(reply, { text, signal: either, onFailure });
  return { status: "streaming" };
}
