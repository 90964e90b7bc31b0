import { Readable } from "node:stream";
import type { LocalInspector } from "@flotilla/api";
import { type JournalRequest, STATUS_UNKNOWN, type StatusReport, type UnitInspector } from "@flotilla/api/http";
import { checkPattern, HostUnitError, readJournal, readStatus } from "@flotilla/systemd";
import type { ClusterPeers } from "./cluster-peers.ts";

/** Reads status and journal of this machine's units with systemctl and journalctl. */
export function localInspector(user: boolean): LocalInspector {
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

  async journal(machineID: string, unit: string, request: JournalRequest, signal: AbortSignal): Promise<Readable> {
    const { local, peers } = this.#options;
    if (machineID === this.#options.machineID) return local.journal(unit, request, signal);
    const { client, address } = await peers.find(machineID, signal);
    return client.journal(address, unit, request, signal);
  }
}
