import type { SecretSource } from "@flotilla/agent";
import type { Api, EntranceHandler } from "@flotilla/api";
import { EventRegistry, EventWriter, TokenMirror, TokenRegistry } from "@flotilla/registry";
import { untilAborted } from "@flotilla/runtime";
import type { SecretVault } from "@flotilla/secrets";
import { announceServer } from "./announce-server.ts";
import { createMemberApi } from "./api.ts";
import { runMemberEngine } from "./engine.ts";
import { deleteExpiredTokens } from "./expired-tokens.ts";
import type { MemberView } from "./load-role.ts";
import type { ServerParts } from "./parts.ts";
import { openPeerLink, type PeerLink } from "./peer-link.ts";
import { openSecretVault } from "./secret-vault.ts";
import type { Role } from "./role.ts";
import { warnWithoutKey } from "./secrets-key-check.ts";
import { SharedFeed } from "./shared-feed.ts";
import { untilMoving, untilUsable, type UsableStoreOptions } from "./usable-store.ts";

/** How long the live copy stays after the last request, so that a script of many calls builds one copy. */
const FEED_LINGER_MS = 60_000;

/** A daemon with a store: it serves the API and its engine stands for election. */
export class ServerRole implements Role {
  readonly #parts: ServerParts;
  readonly #onMove: MemberView["onMove"];
  readonly secrets: SecretSource;
  readonly #vault: SecretVault;
  readonly #feed: SharedFeed;
  readonly #tokens: TokenMirror;
  readonly #events: EventWriter;
  readonly #api: Promise<Api>;
  #peers: PeerLink | undefined;

  constructor(parts: ServerParts, { availability, onMove }: Pick<MemberView, "availability" | "onMove">) {
    const { store, clock, random, log, metrics } = parts;
    this.#parts = parts;
    this.#onMove = onMove;
    const vault = openSecretVault(parts);
    this.#vault = vault;
    this.secrets = { fetch: (unit, name, signal) => vault.readFor(parts.facts.id, { unit, name }, signal) };
    const { strategy } = parts.config;
    const own = { lingerMs: FEED_LINGER_MS, strategy, log: log.child({ part: "feed" }) };
    this.#feed = new SharedFeed({ store, clock, random, ...own });
    this.#tokens = new TokenMirror({ store, clock, random, log: log.child({ part: "tokens" }) });
    this.#events = new EventWriter({
      registry: new EventRegistry(store),
      machineID: parts.facts.id,
      clock,
      random,
      log: log.child({ part: "events" }),
    });
    this.#api = createMemberApi(parts, {
      events: this.#events,
      feed: this.#feed,
      tokens: this.#tokens,
      client: () => this.#peers?.client,
      availability,
    });
    metrics.showUnreadableKeys(() => this.#feed.unreadableKeys);
    metrics.showUnits(() => {
      const { present } = this.#feed;
      // The leader keeps a live copy in any case, so a scrape costs no other daemon one.
      return present?.leader === parts.facts.id ? present : undefined;
    });
  }

  get failure(): Promise<never> {
    return this.#feed.failure;
  }

  async handler(): Promise<EntranceHandler> {
    return (await this.#api).handler;
  }

  async join(onWaiting: (reason: string) => void, signal: AbortSignal): Promise<number> {
    const move = await untilUsable(this.#usable, onWaiting, signal);
    if (move) {
      this.#onMove(move);
      onWaiting(`the cluster has moved to ${move.other}; this daemon follows`);
      // Ends with this membership.
      await untilAborted([signal], () => new Promise<never>(() => {}));
    }
    const { handler: api } = await this.#api;
    this.#peers = await openPeerLink(this.#parts, { vault: this.#vault, api, onWaiting }, signal);
    return this.#peers.port;
  }

  async run(signal: AbortSignal): Promise<void> {
    const peers = this.#peers;
    const { store, clock, log } = this.#parts;
    await Promise.all([
      runMemberEngine(
        this.#parts,
        { feed: this.#feed, gateway: () => peers?.gateway.contact, events: this.#events },
        signal,
      ),
      this.#events.run(signal),
      this.#tokens.run(signal),
      warnWithoutKey(this.#vault, log, signal),
      deleteExpiredTokens({ tokens: new TokenRegistry(store), clock, log }, signal),
      peers?.run(signal),
      peers && announceServer(this.#parts, { ...peers, peerPort: peers.port }, signal),
      untilMoving(this.#usable, () => this.#onMove(), signal),
    ]);
  }

  get #usable(): UsableStoreOptions {
    const { store, facts, clock, random, log } = this.#parts;
    return { store, machineID: facts.id, clock, random, log };
  }

  async endStreams(): Promise<void> {
    await (await this.#api).close();
  }

  async close(): Promise<void> {
    await this.#peers?.close();
    this.#feed.close();
  }
}
