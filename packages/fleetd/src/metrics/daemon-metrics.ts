import type { EngineObserver } from "@flotilla/engine";
import type { RequestObserver } from "@flotilla/api";
import type { Clock } from "@flotilla/runtime";
import type { RenewalObserver } from "@flotilla/store";
import { collectDefaultMetrics, Registry } from "prom-client";
import { type AgentView, measureAgent } from "./agent-metrics.ts";
import { measureRequests } from "./api-metrics.ts";
import { measureEngine } from "./engine-metrics.ts";
import { measureStoreCalls, type StoreCallObserver } from "./store-call-metrics.ts";
import { measureRegistry } from "./registry-metrics.ts";
import { measureUnits, type UnitsView } from "./unit-metrics.ts";
import { measureLeaseRenewals } from "./lease-metrics.ts";

/**
 * All metrics of `GET /metrics`. The parts of the daemon call observers and know no metric. The process has one such
 * object, so that counters survive a reload of the configuration.
 */
export class DaemonMetrics {
  readonly engine: EngineObserver;
  readonly request: RequestObserver;
  readonly storeCall: StoreCallObserver;
  readonly leaseRenewal: RenewalObserver;
  readonly #registry = new Registry();
  #agent: () => AgentView | undefined = () => undefined;
  #unreadableKeys: () => number = () => 0;
  #units: () => UnitsView | undefined = () => undefined;

  constructor(clock: Clock, version: string) {
    const registry = this.#registry;
    this.engine = measureEngine(registry, clock);
    this.storeCall = measureStoreCalls(registry);
    this.leaseRenewal = measureLeaseRenewals(registry);
    this.request = measureRequests(registry, clock);
    measureAgent(registry, version, () => this.#agent());
    measureRegistry(registry, () => this.#unreadableKeys());
    measureUnits(registry, () => this.#units());
    // A timer samples the event loop's delay. At 10 samples a second, the timer used 2/3 of an idle daemon's CPU time.
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  }

  /** @param view returns undefined without an agent. */
  showAgent(view: () => AgentView | undefined): void {
    this.#agent = view;
  }

  /** @param count returns the number in the live copy of the cluster; 0 without a copy. */
  showUnreadableKeys(count: () => number): void {
    this.#unreadableKeys = count;
  }

  /** @param view returns the cluster on the daemon that leads, and undefined on others. */
  showUnits(view: () => UnitsView | undefined): void {
    this.#units = view;
  }

  /** Returns all metrics in Prometheus' text format, version 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
