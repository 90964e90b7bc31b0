import { logFailure } from "@flotilla/runtime";
import type { UnitProperties, UnitStatus } from "../../contract/v2/requests.ts";
import type { v2Routes } from "../../contract/v2/routes.ts";
import type { Outcome } from "../answer.ts";
import { untilReaderGone } from "../client-gone.ts";
import type { ApiContext } from "../context.ts";
import { STATUS_UNKNOWN } from "../ports.ts";
import { RequestError } from "../request-error.ts";
import { streamText } from "../stream-text.ts";
import { askMachines } from "./ask-machines.ts";
import type { Checked } from "./bound-route.ts";
import { ownMachine } from "./own-machine.ts";
import { machinesOf } from "./unit-machines.ts";

export async function unitStatuses(
  context: ApiContext,
  { params, query, signal, access }: Checked<typeof v2Routes.getUnitStatus>,
): Promise<Outcome> {
  const choice = { wanted: query.machine };
  const machines =
    (await ownMachine(context, { access, verb: "status", unit: params.name, choice }, signal)) ??
    (await machinesOf(context, params.name, choice, signal));
  const { inspector, statuses: lanes } = context;
  const statuses: readonly UnitStatus[] = await askMachines(machines, {
    ask: (machineID) => lanes.run(() => inspector.status(machineID, params.name, signal), signal),
    unreachable: (text) => ({ code: STATUS_UNKNOWN, text }),
  });
  return { status: 200, json: { statuses } };
}

export async function unitProperties(
  context: ApiContext,
  { params, query, signal, access }: Checked<typeof v2Routes.getUnitProperties>,
): Promise<Outcome> {
  const choice = { wanted: query.machine };
  const machines =
    (await ownMachine(context, { access, verb: "status", unit: params.name, choice }, signal)) ??
    (await machinesOf(context, params.name, choice, signal));
  const { inspector, statuses: lanes } = context;
  const results: UnitProperties["results"] = [
    ...(await askMachines(machines, {
      ask: async (machineID) => {
        const report = await lanes.run(
          () => inspector.properties(machineID, params.name, query.properties, signal),
          signal,
        );
        return { ...report, properties: [...report.properties] };
      },
      unreachable: (message) => ({ ok: false, message, properties: [] }),
    })),
  ];
  return { status: 200, json: { results } };
}

export function unitJournal(context: ApiContext, request: Checked<typeof v2Routes.getUnitJournal>): Promise<Outcome> {
  return context.journals.run(() => streamJournal(context, request));
}

async function streamJournal(
  context: ApiContext,
  { params, query, signal, reply, access }: Checked<typeof v2Routes.getUnitJournal>,
): Promise<Outcome> {
  const choice = { wanted: query.machine, past: true };
  const machines =
    (await ownMachine(context, { access, verb: "journal", unit: params.name, choice }, signal)) ??
    (await machinesOf(context, params.name, choice, signal));
  const [machineID] = machines;
  if (machineID === undefined || machines.length > 1) {
    throw new RequestError(
      "ambiguous-machine",
      `cannot choose a machine: unit ${params.name} is on ${machines.length} machines; name one with ?machine=`,
      machines,
    );
  }
  const { lines, follow, output, cursor, since, until, priority, grep, boot, invocation } = query;
  const request = { lines, follow, output, cursor, since, until, priority, grep, boot, invocation };
  const ended = access.ended ? [access.ended] : [];
  const either = AbortSignal.any([follow ? untilReaderGone(reply) : signal, context.closing, ...ended]);
  const text = await context.inspector.journal(machineID, params.name, request, either);
  const onFailure = (error: unknown): void =>
    logFailure(context.log, "a journal stream failed", error, { unit: params.name, machineID });
  await streamText(reply, { text, signal: either, onFailure });
  return { status: "streaming" };
}
