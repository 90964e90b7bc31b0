import type { PeerAddress, PeerClient } from "@flotilla/api";
import { MachineUnreachableError } from "@flotilla/api/http";
import type { SharedFeed } from "./shared-feed.ts";

export interface ClusterPeersOptions {
  readonly feed: SharedFeed;
  /** Returns the client; undefined until this daemon has its certificate. */
  readonly client: () => PeerClient | undefined;
}

/** The address of a machine's daemon, with the client for requests to it. */
export interface Peer {
  readonly client: PeerClient;
  readonly address: PeerAddress;
}

/** The daemons of the cluster's other machines. */
export class ClusterPeers {
  readonly #options: ClusterPeersOptions;

  constructor(options: ClusterPeersOptions) {
    this.#options = options;
  }

  /** @throws MachineUnreachableError if the machine, or this daemon, is not in the cluster. */
  async find(machineID: string, signal: AbortSignal): Promise<Peer> {
    const machine = await this.#options.feed.with(async (feed) => (await feed.fresh(signal)).machines.get(machineID));
    const client = this.#options.client();
    if (!machine)
      throw new MachineUnreachableError(`cannot reach machine ${machineID}: the machine is not in the cluster now`);
    if (!client)
      throw new MachineUnreachableError(
        `cannot reach machine ${machineID}: this daemon has not joined the cluster yet; try again`,
      );
    return { client, address: { machineID, host: machine.primaryIP, port: machine.peerPort } };
  }
}
