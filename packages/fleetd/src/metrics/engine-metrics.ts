import type { EngineDecision, EngineObserver } from "@flotilla/engine";
import type { Clock } from "@flotilla/runtime";
import type { Decision } from "@flotilla/schedule";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { LATENCY_BUCKETS } from "./latency-buckets.ts";

/** Registers fleet's six metrics of the engine (metrics/metrics.go), the leadership and the hold. */
export function measureEngine(registry: Registry, clock: Clock): EngineObserver {
  const registers = [registry];
  const leading = new Gauge({
    name: "fleet_engine_leading",
    help: "1 while this engine leads, else 0.",
    registers,
  });
  const leaderStart = new Gauge({
    name: "fleet_engine_leader_start_time",
    help: "When this engine began to lead, in seconds since the epoch; 0 while it does not lead.",
    registers,
  });
  const passes = new Counter({
    name: "fleet_engine_reconcile_count_total",
    help: "Completed passes over the cluster.",
    registers,
  });
  const passSeconds = new Histogram({
    name: "fleet_engine_reconcile_duration_second",
    help: "Duration of completed passes, in seconds.",
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const held = new Gauge({
    name: "fleet_engine_held_machines",
    help: "Machines in the hold after a mass loss; 0 while this engine does not lead.",
    registers,
  });
  const onDecisions = measureDecisions(registry);
  return {
    onLead: (leads) => {
      leading.set(leads ? 1 : 0);
      leaderStart.set(leads ? Math.floor(clock.wall() / 1000) : 0);
      held.set(0);
    },
    onHold: (hold) => held.set(hold?.machines.length ?? 0),
    onPass: ({ durationMs, failed }) => {
      if (failed) return;
      passes.inc();
      passSeconds.observe(durationMs / 1000);
    },
    onDecisions,
  };
}

function measureDecisions(registry: Registry): NonNullable<EngineObserver["onDecisions"]> {
  const registers = [registry];
  const labelNames = ["type"] as const;
  const tasks = new Counter({
    name: "fleet_engine_task_count_total",
    help: "Written changes of assignments: attemptscheduleunit, unscheduleunit, update, settle.",
    labelNames,
    registers,
  });
  const taskFailures = new Counter({
    name: "fleet_engine_task_failure_count_total",
    help: "Changes of assignments whose write failed; the engine decides again.",
    labelNames,
    registers,
  });
  const failures = new Counter({
    name: "fleet_engine_reconcile_failure_count_total",
    help: "Units found out of place: machine_away, run (their machine may not run them), schedule (no machine can).",
    labelNames,
    registers,
  });
  return (outcome, decisions) => {
    for (const decision of decisions) {
      if (outcome !== "not-written") countFailure(failures, decision);
      if (outcome === "refused") continue;
      for (const type of TASKS[decision.kind] ?? []) (outcome === "written" ? tasks : taskFailures).inc({ type });
    }
  };
}

/** The label for each kind of decision: fleet's task where fleet has one. A move is two tasks of fleet. */
const TASKS: Readonly<Record<string, readonly string[]>> = {
  place: ["attemptscheduleunit"],
  unplace: ["unscheduleunit"],
  move: ["unscheduleunit", "attemptscheduleunit"],
  update: ["update"],
  "end-copy": ["settle"],
} satisfies Partial<Record<Decision["kind"], readonly string[]>>;

function countFailure(failures: Counter<"type">, { reason }: EngineDecision): void {
  if (reason.code === "machine-away" || reason.code === "machine-gone") failures.inc({ type: "machine_away" });
  else if (reason.code === "not-allowed") failures.inc({ type: "run" });
  else if (reason.code === "refused") failures.inc({ type: "schedule" });
}
