import type { SecretSource } from "@flotilla/agent";
import type { Api, EntranceHandler } from "@flotilla/api";
import type { OwnCluster } from "@flotilla/api/http";
import type { ServerAddress } from "@flotilla/runtime";
import type { NetworkLink } from "@flotilla/link";
import { authoritiesIn, type IdentityKeeper } from "@flotilla/membership";
import { RemoteSecretSource } from "@flotilla/secrets";
import { Refusals } from "../audit/refusals.ts";
import { ApiForwarder } from "../forward/api-forwarder.ts";
import { acceptedNow } from "../peer/accepted-now.ts";
import { listenForPeers, type PeerServer } from "../peer/peer-server.ts";
import type { Parts } from "./parts.ts";
import { machineRequests, serversOnly } from "../peer/machine-requests.ts";
import { peerHandler } from "./peer-handler.ts";
import type { Role } from "./role.ts";

export interface AgentRoleOptions {
  readonly servers: readonly ServerAddress[];
  readonly identity: IdentityKeeper;
  readonly link: NetworkLink;
  /** What the socket shows without a token. */
  readonly cluster: OwnCluster;
}

/** A daemon without a store: its socket shows this machine, and passes requests with a token to a server. */
export class AgentRole implements Role {
  readonly failure = new Promise<never>(() => {});
  readonly secrets: SecretSource;
  readonly #parts: Parts;
  readonly #options: AgentRoleOptions;
  readonly #forwarder: ApiForwarder;
  #ownApi: Promise<Api> | undefined;
  #peers: PeerServer | undefined;

  constructor(parts: Parts, options: AgentRoleOptions) {
    this.#parts = parts;
    this.#options = options;
    const { servers, identity, link } = options;
    this.secrets = new RemoteSecretSource(link);
    this.#forwarder = new ApiForwarder({ servers, tls: () => identity.current });
  }

  async handler(): Promise<EntranceHandler> {
    return (request, response, entrance) => {
      if (request.headers.authorization !== undefined) void this.#forwarder.forward(request, response);
      // Created by the first request: most agents never get one, and the API takes memory.
      else void this.#own().then(({ handler }) => handler(request, response, entrance));
    };
  }

  async join(): Promise<number> {
    const { identity } = this.#options;
    const log = this.#parts.log.child({ part: "peers" });
    const refusals = new Refusals({ ...this.#parts, log });
    const accepts = acceptedNow(identity.current.ca, () => identity.current.ca);
    const server = await listenForPeers({
      identity: identity.current,
      port: this.#parts.config.peer_port,
      handler: machineRequests(new Map([["/peer/", serversOnly(peerHandler(this.#parts))]]), refusals, accepts),
      log,
    });
    identity.onRenewed((renewed) => server.renew(renewed));
    this.#peers = server;
    return server.port;
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#options.identity.run(signal);
  }

  async endStreams(): Promise<void> {
    await (await this.#ownApi)?.close();
    this.#forwarder.close();
  }

  async close(): Promise<void> {
    await this.#peers?.close();
  }

  #own(): Promise<Api> {
    const { cluster, identity } = this.#options;
    this.#ownApi ??= import("./own-api.ts").then(({ createOwnApi }) =>
      createOwnApi(this.#parts, {
        cluster,
        authority: () => authoritiesIn(identity.current.ca)[0] ?? identity.current.ca,
      }),
    );
    return this.#ownApi;
  }
}
