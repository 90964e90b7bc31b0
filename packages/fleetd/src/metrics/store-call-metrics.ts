import { Counter, Histogram, type Registry } from "prom-client";
import { LATENCY_BUCKETS } from "./latency-buckets.ts";

/** The kind of a call: fleet's three kinds, and `revision`, which fleet does not have. */
export type StoreCall = "get" | "get_all" | "set" | "revision";

export type StoreCallObserver = (call: StoreCall, seconds: number, succeeded: boolean) => void;

/** Registers fleet's three metrics of the registry (metrics/metrics.go). As in fleet, the histogram's label is `ops`. */
export function measureStoreCalls(registry: Registry): StoreCallObserver {
  const registers = [registry];
  const count = new Counter({
    name: "fleet_registry_operation_count_total",
    help: "Successful operations on the store: get, get_all, set, revision.",
    labelNames: ["type"],
    registers,
  });
  const failed = new Counter({
    name: "fleet_registry_operation_failed_count_total",
    help: "Failed operations on the store.",
    labelNames: ["type"],
    registers,
  });
  const duration = new Histogram({
    name: "fleet_registry_operation_duration_second",
    help: "Duration of successful operations on the store, in seconds.",
    labelNames: ["ops"],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  return (call, seconds, succeeded) => {
    if (!succeeded) return failed.inc({ type: call });
    count.inc({ type: call });
    duration.observe({ ops: call }, seconds);
  };
}
