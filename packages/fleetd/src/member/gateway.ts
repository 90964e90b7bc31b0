import { GatewayContact } from "@flotilla/engine";
import { LinkServer } from "@flotilla/link";
import { admitAgent, MEMBERSHIP_BASE, renewalHandler } from "@flotilla/membership";
import {
  type AuthorityRecord,
  IDENTITY_KEY,
  MachineRights,
  MembershipMirror,
  SHARED_FAMILIES,
} from "@flotilla/registry";
import { limitedLogger } from "@flotilla/runtime";
import { SECRETS_PATH, secretsHandler, type SecretVault } from "@flotilla/secrets";
import { StoreUnavailableError, type Txn, withSharedWatches } from "@flotilla/store";
import { STORE_PATH, storeHandler } from "@flotilla/store/remote";
import { refusalOnLink } from "../audit/link-refusal.ts";
import type { Refusals } from "../audit/refusals.ts";
import type { ServerParts } from "./parts.ts";

/** The server's side of the agents: their sessions, and what each may ask of the store. */
export interface Gateway {
  readonly link: LinkServer;
  /** Returns the generation of an agent's membership; undefined if the machine is no agent of the cluster. */
  readonly generationOf: (machineID: string) => string | undefined;
  readonly contact: GatewayContact;
  /** Follows the memberships until `signal` aborts, and cuts the sessions of machines whose membership has ended. */
  run(signal: AbortSignal): Promise<void>;
}

export interface GatewayOptions {
  /** Returns the cluster's authority, which signs renewed certificates. */
  readonly authority: (signal: AbortSignal) => Promise<AuthorityRecord>;
  readonly vault: SecretVault;
  readonly refusals: Pick<Refusals, "note">;
}

/** Lines of the log with one message about one machine in a minute. */
const MOST_LINES = 10;

export function openGateway(parts: ServerParts, { authority, vault, refusals }: GatewayOptions): Gateway {
  const { store, access, certificates, clock, random } = parts;
  const log = limitedLogger(parts.log.child({ part: "gateway" }), clock, MOST_LINES);
  const memberships = new MembershipMirror({ store, clock, random, log });
  const shared = withSharedWatches(store, { families: SHARED_FAMILIES, witness: IDENTITY_KEY, clock, random });
  const rightsOf = (machineID: string): MachineRights => new MachineRights(machineID);
  // A record that is written right after a removal would bring the machine back until its lease ends. Other late writes do
  // nothing: nobody reads the states of a machine without assignments.
  const fenceOf = (machineID: string, txn: Txn) =>
    rightsOf(machineID).registers(txn) ? requireMember(memberships.fenceOf(machineID), machineID) : undefined;
  const handler = storeHandler({ store: shared, leases: access.leases, rightsOf, fenceOf, clock });
  const link = new LinkServer({
    routes: new Map([
      [STORE_PATH, handler],
      [MEMBERSHIP_BASE, renewalHandler({ authority, memberships, certificates, clock })],
      [SECRETS_PATH, secretsHandler({ vault, log })],
    ]),
    admit: (peer) => admitAgent(peer, memberships),
    onRefused: (refusal) => refusals.note(refusalOnLink(refusal)),
    clock,
    log,
  });
  const contact = new GatewayContact(clock, () => !memberships.isKnown || memberships.size > 0);
  memberships.onEnded((machineID) => link.cut(machineID, `the membership of machine ${machineID} has ended`));
  return {
    link,
    generationOf: (machineID) => memberships.generationOf(machineID),
    contact,
    run: (signal) => memberships.run(signal),
  };
}

function requireMember<T>(fence: T | undefined, machineID: string): T {
  if (fence) return fence;
  throw new StoreUnavailableError(`machine ${machineID} is not a member of the cluster`);
}
