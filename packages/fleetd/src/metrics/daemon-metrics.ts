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
import { measureLeaseRenewals } from "./lease-metrics.ts";

/**
 * What `GET /metrics` shows. Every metric is here and nowhere else: the parts of the daemon are given observers,
 * which tell them nothing. One for the process, so that counters outlive a reload of the configuration.
 */
export class DaemonMetrics {
  readonly engine: EngineObserver;
  readonly request: RequestObserver;
  readonly storeCall: StoreCallObserver;
  readonly leaseRenewal: RenewalObserver;
  readonly #registry = new Registry();
  #agent: () => AgentView | undefined = () => undefined;
  #unreadableKeys: () => number = () => 0;

  constructor(clock: Clock, version: string) {
    const registry = this.#registry;
    this.engine = measureEngine(registry, clock);
    this.storeCall = measureStoreCalls(registry);
    this.leaseRenewal = measureLeaseRenewals(registry);
    this.request = measureRequests(registry, clock);
    measureAgent(registry, version, () => this.#agent());
    measureRegistry(registry, () => this.#unreadableKeys());
    // The loop's delay is sampled by a timer, which at ten times a second was two thirds of what an idle daemon costs.
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  }

  /** @param view undefined while there is no agent. */
  showAgent(view: () => AgentView | undefined): void {
    this.#agent = view;
  }

  /** @param count of the daemon's live copy of the cluster; 0 while there is none. */
  showUnreadableKeys(count: () => number): void {
    this.#unreadableKeys = count;
  }

  /** Everything, in Prometheus' text format, version 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
