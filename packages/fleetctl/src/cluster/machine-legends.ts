import { describeMachine, type MachineEntity } from "@flotilla/api/client";
import { machineLegend } from "../output/machine-legend.ts";
import type { ClusterClient } from "./cluster-client.ts";

/** Machines by ID; listed when first needed, and again for an unknown ID. */
export class MachineLegends {
  readonly #client: ClusterClient;
  readonly #signal: AbortSignal;
  #machines: Promise<ReadonlyMap<string, MachineEntity>> | undefined;

  constructor(client: ClusterClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** `113f16a7.../172.17.8.103`; without the IP for a machine that is not in the cluster. */
  async legend(id: string, full = false): Promise<string> {
    const known = await (this.#machines ??= this.#read());
    if (known.has(id)) return machineLegend(id, known.get(id), full);
    return machineLegend(id, (await (this.#machines = this.#read())).get(id), full);
  }

  /** `113f16a7... (web1, 172.17.8.103)`: all names of the machine, as far as they are known. */
  async named(id: string): Promise<string> {
    const known = await (this.#machines ??= this.#read());
    return describeMachine(known.get(id) ?? { id });
  }

  /** An address is optional: without an answer it is left out. */
  async #read(): Promise<ReadonlyMap<string, MachineEntity>> {
    try {
      const { items } = await this.#client.listMachines(this.#signal);
      return new Map(items.map((machine) => [machine.id, machine]));
    } catch {
      this.#signal.throwIfAborted();
      return new Map();
    }
  }
}
