import type { FastifyRequest } from "fastify";
import type { ClusterSnapshot } from "@flotilla/model";
import type {
  AttendanceRegistry,
  MachineSettingsRegistry,
  MembershipRegistry,
  UnitRegistry,
  TokenRegistry,
} from "@flotilla/registry";
import type { Clock, Logger } from "@flotilla/runtime";
import type { LiveTokens } from "./access/authenticator.ts";
import type { AuthorityRotation } from "./authority-rotation.ts";
import type { RequestAccess } from "./access/request-access.ts";
import type { Intake } from "./request-body.ts";
import type { MovePlanner } from "./operating/move-planner.ts";
import type { Lanes } from "./lanes.ts";
import type { Planner } from "./planning/planner.ts";
import type { Slots } from "./slots.ts";
import type {
  AuditReader,
  ClusterReader,
  ClusterSource,
  StoreKeeper,
  UnitInspector,
  UnitOperator,
  SecretWriter,
} from "./ports.ts";

/** The parts by which callers are known. */
export interface AccessParts {
  /** The tokens in force, by which requests are accepted. */
  readonly tokens: LiveTokens;
  /** The tokens in the store. */
  readonly registry: TokenRegistry;
  /** Returns the certificate of the cluster's authority in PEM; undefined while there is none. */
  readonly authority: (signal: AbortSignal) => Promise<string | undefined>;
}

/** The parts of the daemon that its API uses. */
export interface ApiParts {
  readonly units: UnitRegistry;
  readonly settings: MachineSettingsRegistry;
  readonly memberships: Pick<MembershipRegistry, "remove" | "list">;
  readonly secrets: SecretWriter;
  readonly attendance: Pick<AttendanceRegistry, "release">;
  readonly access: AccessParts;
  readonly cluster: ClusterSource;
  readonly inspector: UnitInspector;
  readonly operator: UnitOperator;
  readonly audits: AuditReader;
  readonly storeKeeper: StoreKeeper;
  readonly rotation: AuthorityRotation;
  readonly movePlanner: MovePlanner;
  /** Returns by unit why it is not placed, one sentence for each group of machines; none if a machine can run it. */
  readonly explain: (units: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, readonly string[]>>;
  readonly planner: Planner;
  /** The machine of this daemon. */
  readonly machineID: string;
  readonly version: string;
  /** The number of entities in a page of v1. */
  readonly tokenLimit: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The daemon's parts and the state shared by all requests. */
export interface ApiContext extends ApiParts {
  /** The budget for bodies, and the turns that share the event loop among requests. */
  readonly intake: Intake;
  /** The slots for open journals; journals of this machine run a journalctl each. */
  readonly journals: Slots;
  /** The lanes for requests of a unit's status. */
  readonly statuses: Lanes;
  readonly accessOf: (request: FastifyRequest) => RequestAccess;
  /** Aborts when the API closes, which ends all streams. */
  readonly closing: AbortSignal;
}

/**
 * Reads the current cluster. `read` must not wait, because the view is live. Requests that wait for the same fresh view
 * read it in turns.
 */
export function readCluster<T>(
  context: ApiContext,
  signal: AbortSignal,
  read: (snapshot: ClusterSnapshot) => T,
): Promise<T> {
  return context.cluster.with(async (reader) => {
    const snapshot = await reader.fresh(signal);
    return readInTurn(context, reader, signal, () => read(snapshot));
  });
}

/** Reads a live view in one turn, and never while the view mixes two states. */
export async function readInTurn<T>(
  { intake }: ApiContext,
  reader: ClusterReader,
  signal: AbortSignal,
  read: () => T,
): Promise<T> {
  for (;;) {
    const answer = await intake.turns.run(() => (reader.isWhole ? { read: read() } : undefined), signal);
    if (answer) return answer.read;
    await reader.latest(signal);
  }
}

/**
 * Opens the live copy of the cluster before the write. The copy's history then has the answered revision, so that a
 * client can watch from it, even on a daemon without earlier requests. The write must compare what it takes from the
 * copy, which may be slightly stale.
 * @throws StoreUnavailableError or StoreTimeoutError if there is no copy yet and the store is unavailable; the error of
 * `write`.
 */
export function writeCluster<T>(
  context: ApiContext,
  signal: AbortSignal,
  write: (known: ClusterSnapshot) => Promise<T>,
): Promise<T> {
  return context.cluster.with(async (reader) =>
    write(await (reader.isWhole ? reader.latest(signal) : reader.fresh(signal))),
  );
}
