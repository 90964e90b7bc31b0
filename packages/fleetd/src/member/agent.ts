import { join } from "node:path";
import { Agent, type AgentOptions, FileGuard, FileLaunchRecords, FileSavedLease } from "@flotilla/agent";
import type { MachineRecord } from "@flotilla/model";
import { MachineRegistry, OwnAssignments, StateRegistry, UnitRegistry } from "@flotilla/registry";
import { VERSION } from "../version.ts";
import type { Parts } from "./parts.ts";

/** Where drop-ins go that are gone after a reboot (systemd.unit(5)). */
const SYSTEMD_RUNTIME = "/run/systemd/system";

export interface MemberAgentOptions {
  /** On which other machines' daemons are answered. */
  readonly peerPort: number;
  /** Told in a sentence how the machine stands in the cluster, at each change. */
  readonly onStatus: (status: string) => void;
  readonly onStoreReplaced: () => void;
}

type AgentParts = Pick<
  Parts,
  "clock" | "random" | "paths" | "facts" | "user" | "config" | "store" | "manager" | "contact" | "log"
>;

/** This machine's agent, on what it keeps on the host and in the store. */
export function createMemberAgent(
  parts: AgentParts,
  { peerPort, onStatus, onStoreReplaced }: MemberAgentOptions,
): Agent {
  const { clock, random, paths, facts, config, store, manager, contact } = parts;
  const log = parts.log.child({ part: "agent" });
  const { passedOver } = parts.config.metadata;
  if (passedOver.length > 0) {
    log.warn("metadata without key=value, or of a key __proto__, has no effect; write pairs such as region=eu", {
      metadata: passedOver.join(","),
    });
  }
  const assignments = new OwnAssignments({ store, machineID: facts.id, clock, random, log });
  assignments.onChange((_, replaced) => {
    if (replaced) onStoreReplaced();
  });
  return new Agent({
    machine: machineRecord(parts, peerPort),
    ttlMs: config.agent_ttl,
    leases: store,
    // Outlives a reboot, unlike the launch records: a machine that is back within its TTL goes on at once.
    savedLease: new FileSavedLease(join(paths.stateDirectory, "lease")),
    machines: new MachineRegistry(store),
    states: new StateRegistry(store, facts.id),
    assignments,
    texts: new UnitRegistry(store),
    manager,
    ping: (signal) => manager.ping(signal),
    onStatus: (status) => {
      if (status.joined || !status.notReady) contact.note(status.joined);
      onStatus(status.joined ? "In the cluster." : status.reason);
    },
    ...guardOf(parts),
    launches: new FileLaunchRecords(join(paths.runtimeDirectory, "launched"), log),
    clock,
    random,
    log,
  });
}

/** A user's own systemd has no guard: its host's does not outlive the user's session. */
function guardOf({ paths, user, config, store }: AgentParts): Pick<AgentOptions, "guard" | "leaseTime"> {
  if (user) return {};
  return {
    guard: new FileGuard(join(paths.runtimeDirectory, "exclusive"), SYSTEMD_RUNTIME, config.exclusive_stop_limit),
    leaseTime: (id, signal, limitMs) => store.leaseTime(id, signal, limitMs),
  };
}

function machineRecord({ facts, config }: AgentParts, peerPort: number): MachineRecord {
  const { id, bootID, capacity, address } = facts;
  const { public_ip: publicIP, metadata } = config;
  return { id, bootID, capacity, primaryIP: publicIP || address, metadata: metadata.pairs, version: VERSION, peerPort };
}
