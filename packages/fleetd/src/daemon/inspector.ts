import { Readable } from "node:stream";
import {
  type JournalRequest,
  type LocalInspector,
  MachineUnreachableError,
  type PeerAddress,
  type PeerClient,
  type StatusReport,
  type UnitInspector,
} from "@flotilla/api";
import { readJournal, readStatus } from "@flotilla/systemd";
import type { SharedFeed } from "./shared-feed.ts";

/** Looks at this machine's units with systemd's own tools. */
export function localInspector(user: boolean): LocalInspector {
  return {
    status: async (unit, signal) => {
      const { exitCode, text } = await readStatus(unit, { user }, signal);
      return { code: exitCode, text };
    },
    journal: async (unit, request, signal) =>
      Readable.from(readJournal({ unit, ...request, user }, signal), { objectMode: false }),
  };
}

export interface ClusterInspectorOptions {
  readonly machineID: string;
  readonly local: LocalInspector;
  readonly feed: SharedFeed;
  /** Undefined until this daemon has its certificate. */
  readonly peers: () => PeerClient | undefined;
}

/** Looks at units on any machine: on this one directly, on others through their daemons. */
export class ClusterInspector implements UnitInspector {
  readonly #options: ClusterInspectorOptions;

  constructor(options: ClusterInspectorOptions) {
    this.#options = options;
  }

  async status(machineID: string, unit: string, signal: AbortSignal): Promise<StatusReport> {
    const { local } = this.#options;
    if (machineID === this.#options.machineID) return local.status(unit, signal);
    const { client, address } = await this.#peer(machineID, signal);
    return client.status(address, unit, signal);
  }

  async journal(machineID: string, unit: string, request: JournalRequest, signal: AbortSignal): Promise<Readable> {
    const { local } = this.#options;
    if (machineID === this.#options.machineID) return local.journal(unit, request, signal);
    const { client, address } = await this.#peer(machineID, signal);
    return client.journal(address, unit, request, signal);
  }

  async #peer(machineID: string, signal: AbortSignal): Promise<{ client: PeerClient; address: PeerAddress }> {
    const machine = await this.#options.feed.with(async (feed) => (await feed.fresh(signal)).machines.get(machineID));
    const client = this.#options.peers();
    if (!machine)
      throw new MachineUnreachableError(
        `Machine ${machineID} is not in the cluster now, so nobody there can be asked.`,
      );
    if (!client)
      throw new MachineUnreachableError("This daemon has not joined the cluster yet and cannot ask another one.");
    return { client, address: { machineID, host: machine.primaryIP, port: machine.peerPort } };
  }
}
