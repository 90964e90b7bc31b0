import { Gauge, type Registry } from "prom-client";

/** What is wrong in the store, read whenever somebody asks for the metrics. */
export function measureRegistry(registry: Registry, unreadableKeys: () => number): void {
  const gauge = new Gauge({
    name: "fleet_registry_unreadable_keys",
    help: "Keys in the store that are malformed or cannot be read, and are ignored; 0 while this daemon has no live copy.",
    registers: [registry],
    collect: (): void => gauge.set(unreadableKeys()),
  });
}
