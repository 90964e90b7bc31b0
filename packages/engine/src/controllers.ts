import { noEvents } from "@flotilla/model";
import type { ClusterFeed } from "@flotilla/registry";
import { AttendanceController } from "./attendance/attendance-controller.ts";
import type { Controller } from "./controller/controller.ts";
import { OldEventsController } from "./events/old-events-controller.ts";
import { DrainsController } from "./drains/drains-controller.ts";
import { GoneMachinesController } from "./gone-machines/gone-machines-controller.ts";
import type { EngineOptions } from "./options.ts";
import { MirrorsController } from "./mirrors/mirrors-controller.ts";
import { RepairController } from "./repair/repair-controller.ts";
import { RunsController } from "./runs/runs-controller.ts";
import { SchedulingController } from "./scheduling/scheduling-controller.ts";
import { UnitFilesController } from "./unit-files/unit-files-controller.ts";

const EXCLUSIVE_MS = 60_000;

/**
 * Makes the controllers of one term, in the order in which they decide: first those on which the scheduler relies, then
 * the scheduler, last the clean-up, which runs when no other controller has anything to write.
 */
export function controllersOf(options: EngineOptions, { view }: ClusterFeed): readonly Controller[] {
  const {
    assignments,
    settings,
    runs,
    massLoss,
    interval,
    clock,
    random,
    log,
    observer = {},
    exclusiveMs = EXCLUSIVE_MS,
    strategy,
  } = options;
  const stored = view.storedAttendance;
  const { recorder = noEvents } = options.events ?? {};
  return [
    new RepairController(assignments),
    ...(massLoss
      ? [new AttendanceController({ ...massLoss, stored, departed: view, clock, random, onHold: observer.onHold })]
      : []),
    ...(settings ? [new DrainsController(settings)] : []),
    new SchedulingController({ assignments, exclusiveMs, interval, strategy, clock, log, observer, events: recorder }),
    new MirrorsController(assignments, view.dependencies),
    new GoneMachinesController(assignments),
    new UnitFilesController(assignments, clock),
    ...(runs ? [new RunsController(runs)] : []),
    ...(options.events ? [new OldEventsController({ ...options.events, view })] : []),
  ];
}
