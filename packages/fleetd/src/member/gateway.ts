import { GatewayContact } from "@flotilla/engine";
import { LinkServer } from "@flotilla/link";
import {
  admitAgent,
  AgentNudger,
  type CurrentAgent,
  isRotating,
  MEMBERSHIP_BASE,
  renewalHandler,
} from "@flotilla/membership";
import {
  type AuthorityMirror,
  type AuthorityRecord,
  IDENTITY_KEY,
  MachineRights,
  MembershipMirror,
  RotationRegistry,
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
  /** Follows the cluster's authority. */
  readonly known: Pick<AuthorityMirror, "current" | "onChange">;
  /** Returns the cluster's authority, which signs renewed certificates. */
  readonly authority: (signal: AbortSignal) => Promise<AuthorityRecord>;
  readonly vault: SecretVault;
  readonly refusals: Pick<Refusals, "note">;
}

/** Lines of the log with one message about one machine in a minute. */
const MOST_LINES = 10;

export function openGateway(parts: ServerParts, options: GatewayOptions): Gateway {
  const { vault, refusals } = options;
  const { store, access, clock, random } = parts;
  const log = limitedLogger(parts.log.child({ part: "gateway" }), clock, MOST_LINES);
  const memberships = new MembershipMirror({ store, clock, random, log });
  const shared = withSharedWatches(store, { families: SHARED_FAMILIES, witness: IDENTITY_KEY, clock, random });
  const rightsOf = (machineID: string): MachineRights => new MachineRights(machineID);
  // A record that is written right after a removal would bring the machine back until its lease ends. Other late writes do
  // nothing: nobody reads the states of a machine without assignments.
  const fenceOf = (machineID: string, txn: Txn) =>
    rightsOf(machineID).registers(txn) ? requireMember(memberships.fenceOf(machineID), machineID) : undefined;
  const renewals = renewalsOf(parts, options, memberships, () => link);
  const handler = storeHandler({ store: shared, leases: access.leases, rightsOf, fenceOf, clock });
  const link: LinkServer = new LinkServer({
    routes: new Map([
      [STORE_PATH, handler],
      [MEMBERSHIP_BASE, renewals.handler],
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
    run: async (signal) => {
      await Promise.all([memberships.run(signal), renewals.nudger.run(signal)]);
    },
  };
}

/** Renews the certificates of agents. During a rotation of the authority, asks them to, and notes which have done it. */
function renewalsOf(
  { store, certificates, clock }: ServerParts,
  { authority, known }: GatewayOptions,
  memberships: MembershipMirror,
  link: () => LinkServer,
) {
  const rotations = new RotationRegistry(store);
  const nudger = new AgentNudger({
    known: () => known.current,
    link: { machines: () => link().machines(), nudge: (machineID) => link().nudge(machineID) },
    clock,
  });
  known.onChange(() => nudger.changed());
  const onCurrent = async (agent: CurrentAgent, signal: AbortSignal): Promise<void> => {
    const { machineID, generation, issuer, isSaved, isWhole } = agent;
    if (isSaved && known.current && isRotating(known.current))
      await rotations.note(machineID, { generation, issuer }, signal);
    if (isSaved && isWhole) nudger.note(machineID);
  };
  const handler = renewalHandler({
    authority,
    known: () => known.current,
    onCurrent,
    memberships,
    certificates,
    clock,
  });
  return { handler, nudger };
}

function requireMember<T>(fence: T | undefined, machineID: string): T {
  if (fence) return fence;
  throw new StoreUnavailableError(`machine ${machineID} is not a member of the cluster`);
}
