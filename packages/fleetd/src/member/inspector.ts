import { Readable } from "node:stream";
import type { LocalInspector } from "@flotilla/api";
import {
  type JournalRequest,
  type MachineProbe,
  type PropertiesReport,
  type SocketReport,
  STATUS_UNKNOWN,
  type StatusReport,
  type TimerReport,
  type UnitInspector,
} from "@flotilla/api/http";
import {
  checkPattern,
  HostUnitError,
  readJournal,
  readProperties,
  readStatus,
  type TriggerReader,
} from "@flotilla/systemd";
import type { ClusterPeers } from "./cluster-peers.ts";

/** Reads status, properties and journal of this machine's units with systemctl and journalctl, timers and sockets by D-Bus. */
export function localInspector(user: boolean, triggers: TriggerReader): LocalInspector {
  return {
    status: async (unit, signal) => {
      try {
        const { exitCode, text } = await readStatus(unit, { user }, signal);
        return { code: exitCode, text };
      } catch (error) {
        // The host's own unit is not the requested unit: report the conflict, not the host unit's status.
        if (error instanceof HostUnitError) return { code: STATUS_UNKNOWN, text: error.message };
        throw error;
      }
    },
    properties: async (unit, names, signal) => {
      try {
        return { ok: true, message: "", properties: await readProperties(unit, names, { user }, signal) };
      } catch (error) {
        if (error instanceof HostUnitError) return { ok: false, message: error.message, properties: [] };
        throw error;
      }
    },
    timers: (signal) => triggers.timers(signal),
    sockets: (signal) => triggers.sockets(signal),
    journal: async (unit, request, signal) => {
      // Checked here because an answer that has begun cannot say what is wrong.
      if (request.grep !== undefined) await checkPattern(request.grep, signal);
      return Readable.from(readJournal({ unit, ...request, user }, signal), { objectMode: false });
    },
  };
}

export interface ClusterInspectorOptions {
  readonly machineID: string;
  readonly local: LocalInspector;
  readonly peers: ClusterPeers;
}

/** Reads status and journal of units on any machine: on this machine directly, on others through their daemons. */
export class ClusterInspector implements UnitInspector {
  readonly #options: ClusterInspectorOptions;

  constructor(options: ClusterInspectorOptions) {
    this.#options = options;
  }

  async status(machineID: string, unit: string, signal: AbortSignal): Promise<StatusReport> {
    const { local, peers } = this.#options;
    if (machineID === this.#options.machineID) return local.status(unit, signal);
    const { client, address } = await peers.find(machineID, signal);
    return client.status(address, unit, signal);
  }

  async properties(
    machineID: string,
    unit: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<PropertiesReport> {
    const { local, peers } = this.#options;
    if (machineID === this.#options.machineID) return local.properties(unit, names, signal);
    const { client, address } = await peers.find(machineID, signal);
    return client.properties(address, unit, names, signal);
  }

  async timers(machineID: string, signal: AbortSignal): Promise<readonly TimerReport[]> {
    const { local, peers } = this.#options;
    if (machineID === this.#options.machineID) return local.timers(signal);
    const { client, address } = await peers.find(machineID, signal);
    return client.timers(address, signal);
  }

  readonly probe = async (machineID: string, signal: AbortSignal): Promise<MachineProbe> => {
    const { client, address } = await this.#options.peers.find(machineID, signal);
    return client.probe(address, signal);
  };

  async sockets(machineID: string, signal: AbortSignal): Promise<readonly SocketReport[]> {
    const { local, peers } = this.#options;
    if (machineID === this.#options.machineID) return local.sockets(signal);
    const { client, address } = await peers.find(machineID, signal);
    return client.sockets(address, signal);
  }

  async journal(machineID: string, unit: string, request: JournalRequest, signal: AbortSignal): Promise<Readable> {
    const { local, peers } = this.#options;
    if (machineID === this.#options.machineID) return local.journal(unit, request, signal);
    const { client, address } = await peers.find(machineID, signal);
    return client.journal(address, unit, request, signal);
  }
}
