import { type Api, createApi, type PeerClient } from "@flotilla/api";
import type { EventRecorder } from "@flotilla/model";
import {
  AttendanceRegistry,
  AuthorityRegistry,
  MachineSettingsRegistry,
  MembershipRegistry,
  ServerDirectory,
  TokenRegistry,
  UnitRegistry,
  type TokenMirror,
} from "@flotilla/registry";
import { withGroupCommit } from "@flotilla/store";
import { accessAudit } from "../audit/access-audit.ts";
import { ClusterAudit } from "../audit/cluster-audit.ts";
import { ownAudit } from "../audit/own-audit.ts";
import { VERSION } from "../version.ts";
import { ClusterAuthority } from "./cluster-authority.ts";
import { ClusterPeers } from "./cluster-peers.ts";
import { feedMovePlanner } from "./feed-move-planner.ts";
import { ClusterInspector, localInspector } from "./inspector.ts";
import { ClusterOperator, localOperator } from "./operator.ts";
import { defaultStorePath } from "../move/store-target.ts";
import type { ServerParts } from "./parts.ts";
import { openSecretVault } from "./secret-vault.ts";
import type { SharedFeed } from "./shared-feed.ts";
import { MemberStore } from "./store-keeper.ts";

export interface MemberApiOptions {
  readonly feed: SharedFeed;
  readonly tokens: TokenMirror;
  readonly events: EventRecorder;
  /** Returns the client for other machines' daemons; undefined until this daemon has its certificate. */
  readonly client: () => PeerClient | undefined;
  /** Returns why this daemon cannot serve; undefined if it can. */
  readonly availability: () => string | undefined;
}

type ApiParts = Pick<
  ServerParts,
  | "facts"
  | "user"
  | "hasJournal"
  | "audit"
  | "processAt"
  | "clock"
  | "certificates"
  | "log"
  | "metrics"
  | "config"
  | "store"
  | "access"
  | "mover"
  | "paths"
  | "manager"
>;

/** Creates this daemon's API, which serves the whole cluster. */
export function createMemberApi(
  parts: ApiParts,
  { feed, tokens, events, client, availability }: MemberApiOptions,
): Promise<Api> {
  const { facts, user, clock, log, metrics, audit, processAt, config, store, access, mover, paths } = parts;
  const { certificates, manager } = parts;
  const machineID = facts.id;
  const peers = new ClusterPeers({ feed, client });
  return createApi({
    // A client that starts many units has many open requests, whose writes share transactions.
    units: new UnitRegistry(withGroupCommit(store)),
    settings: new MachineSettingsRegistry(store),
    memberships: new MembershipRegistry(store),
    access: {
      tokens,
      registry: new TokenRegistry(store),
      authority: (signal) => new AuthorityRegistry(store).certificate(signal),
    },
    attendance: new AttendanceRegistry(store),
    cluster: feed,
    inspector: new ClusterInspector({ machineID, local: localInspector(user, manager), peers }),
    secrets: openSecretVault(parts),
    storeKeeper: new MemberStore({
      config,
      store,
      backup: access.backup,
      mover,
      defaultPath: defaultStorePath(paths.stateDirectory),
    }),
    rotation: new ClusterAuthority({ store, certificates, clock, log: log.child({ part: "authority" }) }),
    audits: new ClusterAudit({ machineID, local: ownAudit(parts), servers: new ServerDirectory(store), client }),
    onAccess: accessAudit(audit, processAt, events),
    operator: new ClusterOperator({ machineID, local: localOperator(manager, clock), peers }),
    movePlanner: feedMovePlanner(feed),
    explain: (units, signal) => feed.explain(units, signal),
    planner: feed,
    machineID,
    version: VERSION,
    tokenLimit: config.token_limit,
    availability,
    metrics: () => metrics.text(),
    onRequest: metrics.request,
    clock,
    log: log.child({ part: "api" }),
  });
}
