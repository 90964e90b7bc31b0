import type { RequestObserver } from "@flotilla/api";
import type { Clock } from "@flotilla/runtime";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { LATENCY_BUCKETS } from "./latency-buckets.ts";

/** Registers the metrics of requests. The label is the route, never a path: a label for each unit would grow forever. */
export function measureRequests(registry: Registry, clock: Clock): RequestObserver {
  const registers = [registry];
  const count = new Counter({
    name: "fleet_api_requests_total",
    help: "Completed requests, by method, route and status; a stream is complete when its reader has disconnected.",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const duration = new Histogram({
    name: "fleet_api_request_duration_seconds",
    help: "Duration of requests and streams, in seconds.",
    labelNames: ["route"],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const open = new Gauge({
    name: "fleet_api_open_requests",
    help: "Open requests and streams, by route.",
    labelNames: ["route"],
    registers,
  });
  return (method, route) => {
    const begun = clock.monotonic();
    open.inc({ route });
    return (status) => {
      open.dec({ route });
      count.inc({ method, route, status });
      duration.observe({ route }, (clock.monotonic() - begun) / 1000);
    };
  };
}
