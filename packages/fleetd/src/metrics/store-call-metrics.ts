import { Counter, Histogram, type Registry } from "prom-client";
import { LATENCY_BUCKETS } from "./latency-buckets.ts";

/** fleet's three kinds, and the question for the store's revision, which fleet did not ask. */
export type StoreCall = "get" | "get_all" | "set" | "revision";

export type StoreCallObserver = (call: StoreCall, seconds: number, succeeded: boolean) => void;

/** fleet's three metrics of the registry (metrics/metrics.go); the histogram's label has another name there, too. */
export function measureStoreCalls(registry: Registry): StoreCallObserver {
  const registers = [registry];
  const count = new Counter({
    name: "fleet_registry_operation_count_total",
    help: "Operations on the cluster's store that succeeded: get, get_all, set, revision.",
    labelNames: ["type"],
    registers,
  });
  const failed = new Counter({
    name: "fleet_registry_operation_failed_count_total",
    help: "Operations on the cluster's store that failed.",
    labelNames: ["type"],
    registers,
  });
  const duration = new Histogram({
    name: "fleet_registry_operation_duration_second",
    help: "How long operations that succeeded took, in seconds.",
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
