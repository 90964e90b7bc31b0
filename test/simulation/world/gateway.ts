import { GatewayContact } from "@flotilla/engine";
import type { LinkHandler } from "@flotilla/link";
import { MemoryLinkServer, type MemorySession } from "@flotilla/link/memory";
import { IDENTITY_KEY, MachineRights, SHARED_FAMILIES } from "@flotilla/registry";
import { type Logger, silentLogger } from "@flotilla/runtime";
import { type LeaseCalls, type Store, withSharedWatches } from "@flotilla/store";
import { STORE_PATH, storeHandler } from "@flotilla/store/remote";
import type { Random } from "../random.ts";
import type { Askers } from "./askers.ts";
import type { Part } from "./parts.ts";
import type { Process } from "./process.ts";

export interface GatewayOptions {
  readonly process: Process;
  readonly store: Store & LeaseCalls;
  readonly random: Random;
  readonly askers: Askers;
  /** Called for an error in the gateway's program. */
  readonly onInternalError: (message: string) => void;
}

/** A server's side of the agents, as in fleetd, without what is not simulated: memberships, certificates, secrets. */
export interface GatewayPart extends Part {
  readonly contact: GatewayContact;
  readonly server: MemoryLinkServer;
  /** Opens a session. @param owner the agent; undefined for a program that only has the machine's certificate. */
  connect(machineID: string, owner: Process | undefined): MemorySession;
  /** Ends the sessions with these agents, as a server's host does when a daemon ends or crashes. */
  endSessions(reason: string, reaches: (owner: Process) => boolean): void;
}

/** The revisions that a family of watches holds in memory. Fewer than in fleetd, so that watches have to catch up. */
const HISTORY = { events: 20, text: 16_384 };

/** Higher than the IDs that the simulated store chooses itself. */
const FIRST_LEASE = 1_000_000;

export function startGateway({ process, store, random, askers, onInternalError }: GatewayOptions): GatewayPart {
  const { clock, machineID } = process;
  const log: Logger = { ...silentLogger, error: onInternalError };
  const sharing = { families: SHARED_FAMILIES, witness: IDENTITY_KEY, limits: HISTORY };
  const handler = storeHandler({
    store: withSharedWatches(store, { ...sharing, clock, random: random.float }),
    leases: store,
    rightsOf: (id) => new MachineRights(id),
    clock,
    newLeaseID: () => String(FIRST_LEASE + random.below(2 ** 40)),
  });
  const owners = new Map<MemorySession, Process>();
  const noted: LinkHandler = async (call) => {
    const owner = owners.get(call.session as MemorySession);
    if (owner) askers.note(owner, call.path, await call.body());
    await handler(call);
  };
  const server = new MemoryLinkServer({ name: machineID, clock, log, routes: new Map([[STORE_PATH, noted]]) });
  return {
    process,
    server,
    contact: new GatewayContact(clock, () => true),
    connect: (id, owner) => {
      const session = server.connect(id);
      if (owner) owners.set(session, owner);
      session.ended.addEventListener("abort", () => owners.delete(session), { once: true });
      return session;
    },
    endSessions: (reason, reaches) => {
      for (const [session, owner] of owners) if (reaches(owner)) session.end(reason);
    },
    stop: async () => server.stop("the daemon has ended"),
  };
}
