import type { RequestObserver } from "@flotilla/api";
import type { Clock } from "@flotilla/runtime";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { LATENCY_BUCKETS } from "./latency-buckets.ts";

/** Requests by their route, never by what stands in its braces: a label for each unit's name would grow for ever. */
export function measureRequests(registry: Registry, clock: Clock): RequestObserver {
  const registers = [registry];
  const count = new Counter({
    name: "fleet_api_requests_total",
    help: "Requests that have ended, by method, route and status; a stream has ended when its reader has gone.",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const duration = new Histogram({
    name: "fleet_api_request_duration_seconds",
    help: "How long requests took, in seconds; of a stream, how long it lasted.",
    labelNames: ["route"],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const open = new Gauge({
    name: "fleet_api_open_requests",
    help: "Requests under way, streams among them, by route.",
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
