import { join } from "node:path";
import {
  Agent,
  FileGuard,
  FileLaunchRecords,
  FileSavedLease,
  FileSecretCopies,
  FileTimerStamps,
  type SecretSource,
} from "@flotilla/agent";
import { MachineRegistry, type OwnAssignments, OwnMirrors, StateRegistry, UnitRegistry } from "@flotilla/registry";
import { machineRecord } from "./machine-record.ts";
import type { Parts } from "./parts.ts";

/** The directory for drop-ins that do not survive a reboot (systemd.unit(5)). */
const SYSTEMD_RUNTIME = "/run/systemd/system";

export interface MemberAgentOptions {
  /** The port on which this daemon answers other daemons. */
  readonly peerPort: number;
  /** Called at each change of the membership, with a sentence for people. */
  readonly onStatus: (status: string) => void;
  readonly assignments: OwnAssignments;
  readonly secrets: SecretSource;
}

type AgentParts = Pick<
  Parts,
  | "clock"
  | "random"
  | "paths"
  | "facts"
  | "capabilities"
  | "isApiOpen"
  | "user"
  | "config"
  | "store"
  | "manager"
  | "contact"
  | "log"
>;

/** Creates this machine's agent with its files on the host and its registries in the store. */
export function createMemberAgent(parts: AgentParts, options: MemberAgentOptions): Agent {
  const { peerPort, onStatus, assignments, secrets } = options;
  const { clock, random, paths, facts, config, store, manager, contact } = parts;
  const log = parts.log.child({ part: "agent" });
  const { ignored } = parts.config.metadata;
  if (ignored.length > 0) {
    log.warn("ignoring metadata that is not key=value, or whose key is __proto__; write pairs such as region=eu", {
      metadata: ignored.join(","),
    });
  }
  return new Agent({
    machine: machineRecord(parts, peerPort),
    ttlMs: config.agent_ttl,
    leases: store,
    // The lease survives a reboot, unlike launch records: a machine that boots within its TTL resumes its membership.
    savedLease: new FileSavedLease(join(paths.stateDirectory, "lease")),
    machines: new MachineRegistry(store),
    states: new StateRegistry(store, facts.id),
    assignments,
    mirrors: new OwnMirrors({ store, machineID: facts.id, clock, random, log }),
    texts: new UnitRegistry(store),
    manager,
    ping: (signal) => manager.ping(signal),
    onStatus: (status) => {
      if (status.joined || !status.notReady) contact.note(status.joined);
      onStatus(status.joined ? "in the cluster" : status.reason);
    },
    secrets: { source: secrets, copies: new FileSecretCopies(join(paths.runtimeDirectory, "secrets")) },
    guard: guardOf(parts),
    leaseTime: (id, signal, limitMs) => store.leaseTime(id, signal, limitMs),
    stamps: new FileTimerStamps(paths.timerStamps),
    launches: new FileLaunchRecords(join(paths.runtimeDirectory, "launched"), log),
    clock,
    random,
    log,
  });
}

/** Returns the guard; none for a user's systemd, whose guard would end with the user's session. */
function guardOf({ paths, user, config }: AgentParts): FileGuard | undefined {
  if (user) return undefined;
  return new FileGuard(join(paths.runtimeDirectory, "exclusive"), SYSTEMD_RUNTIME, config.exclusive_stop_limit);
}
