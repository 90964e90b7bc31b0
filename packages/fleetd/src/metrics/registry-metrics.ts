import { Gauge, type Registry } from "prom-client";

/** Registers the metric of unreadable keys, which is read at each scrape. */
export function measureRegistry(registry: Registry, unreadableKeys: () => number): void {
  const gauge = new Gauge({
    name: "fleet_registry_unreadable_keys",
    help: "Malformed or unreadable keys in the store, which are ignored; 0 while this daemon has no live copy.",
    registers: [registry],
    collect: (): void => gauge.set(unreadableKeys()),
  });
}
