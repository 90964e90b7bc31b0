import type { ClusterSnapshot, Cordon, Drain, MachineID, Upkeep } from "@flotilla/model";
import type { CordonBody, CordonEntity, DrainBody, DrainEntity, UpkeepAnswer } from "../../contract/v2/operating.ts";
import type { Outcome } from "../answer.ts";
import type { ApiContext } from "../context.ts";
import { meantMachine } from "../v2/meant-machine.ts";

type Parts = Pick<ApiContext, "settings" | "clock">;

/** A request about one machine, by any of its names. */
export interface AboutMachine {
  readonly machine: string;
  readonly known: ClusterSnapshot;
  readonly signal: AbortSignal;
}

/** A repeated cordon keeps the time of the first, and takes the new reason. */
export function cordon(parts: Parts, request: AboutMachine, { reason = "" }: CordonBody): Promise<Outcome> {
  const now = parts.clock.wall();
  return edit(parts, request, (before) => ({
    ...before,
    cordon: { reason, since: before.cordon?.since ?? now },
  }));
}

export function uncordon(parts: Parts, request: AboutMachine): Promise<Outcome> {
  return edit(parts, request, () => ({}));
}

/** A later drain replaces an earlier one: its times count from now. */
export function drain(
  parts: Parts,
  request: AboutMachine,
  { reason = "", deadlineSeconds, untilSeconds }: DrainBody,
): Promise<Outcome> {
  const since = parts.clock.wall();
  const after = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : since + seconds * 1000;
  const drained: Drain = { reason, since, deadline: after(deadlineSeconds), until: after(untilSeconds) };
  return edit(parts, request, (before) => ({ ...before, drain: drained }));
}

export function undrain(parts: Parts, request: AboutMachine): Promise<Outcome> {
  return edit(parts, request, ({ cordon: kept }) => ({ cordon: kept }));
}

async function edit(
  { settings }: Parts,
  { machine, known, signal }: AboutMachine,
  change: (before: Upkeep) => Upkeep,
): Promise<Outcome> {
  const machineID = meantMachine(known, machine);
  let changed = false;
  const { revision, upkeep } = await settings.editUpkeep(
    machineID,
    (before) => {
      const after = change(before);
      changed = JSON.stringify([before.cordon, before.drain]) !== JSON.stringify([after.cordon, after.drain]);
      return after;
    },
    signal,
  );
  return { status: 200, json: answerOf(machineID, upkeep, changed), revision };
}

function answerOf(machineID: MachineID, upkeep: Upkeep, changed: boolean): UpkeepAnswer {
  return { machineID, ...upkeepEntityOf(upkeep), changed };
}

/** Only what is set. */
export function upkeepEntityOf({ cordon: cordoned, drain: drained }: Upkeep): {
  readonly cordon?: CordonEntity;
  readonly drain?: DrainEntity;
} {
  return {
    ...(cordoned && { cordon: cordonEntityOf(cordoned) }),
    ...(drained && { drain: drainEntityOf(drained) }),
  };
}

function cordonEntityOf({ reason, since }: Cordon): CordonEntity {
  return { reason, since: new Date(since).toISOString() };
}

export function drainEntityOf(drained: Drain): DrainEntity {
  const { deadline, until } = drained;
  return {
    ...cordonEntityOf(drained),
    ...(deadline !== undefined && { deadline: new Date(deadline).toISOString() }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
  };
}
