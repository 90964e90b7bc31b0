import { MachineUnreachableError, type PeerAddress, type PeerClient } from "@flotilla/api";
import type { SharedFeed } from "./shared-feed.ts";

export interface ClusterPeersOptions {
  readonly feed: SharedFeed;
  /** Undefined until this daemon has its certificate. */
  readonly client: () => PeerClient | undefined;
}

/** A machine's daemon and who can ask it. */
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

  /** @throws MachineUnreachableError when the machine is not in the cluster, or this daemon not yet. */
  async find(machineID: string, signal: AbortSignal): Promise<Peer> {
    const machine = await this.#options.feed.with(async (feed) => (await feed.fresh(signal)).machines.get(machineID));
    const client = this.#options.client();
    if (!machine)
      throw new MachineUnreachableError(
        `Machine ${machineID} is not in the cluster now, so nobody there can be asked.`,
      );
    if (!client)
      throw new MachineUnreachableError("This daemon has not joined the cluster yet and cannot ask another one.");
    return { client, address: { machineID, host: machine.primaryIP, port: machine.peerPort } };
  }
}
