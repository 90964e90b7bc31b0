import type { RenewalObserver } from "@flotilla/store";
import { Counter, type Registry } from "prom-client";

/** Registers the metric that counts renewals of the machine's lease and of the leader's lease. */
export function measureLeaseRenewals(registry: Registry): RenewalObserver {
  const renewals = new Counter({
    name: "fleet_store_lease_renewals_total",
    help: "Attempts to renew a lease in the store, by outcome: renewed, failed.",
    labelNames: ["outcome"],
    registers: [registry],
  });
  for (const outcome of ["renewed", "failed"]) renewals.inc({ outcome }, 0);
  return (renewed) => renewals.inc({ outcome: renewed ? "renewed" : "failed" });
}
