import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { unitsHere } from "@flotilla/agent";
import { OwnCluster } from "@flotilla/api/http";
import type { UnitState } from "@flotilla/model";
import type { OwnAssignments, StoreMove } from "@flotilla/registry";
import { keepCompiledCode } from "../host/compiled-code.ts";
import { machineRecord } from "./machine-record.ts";
import type { Parts } from "./parts.ts";
import type { Role } from "./role.ts";

/** What a role needs of the member. */
export interface MemberView {
  readonly assignments: OwnAssignments;
  /** Returns the states of this machine's units. */
  readonly states: () => ReadonlyMap<string, UnitState>;
  /** Returns why this daemon cannot serve; undefined if it can. */
  readonly availability: () => string | undefined;
  /**
   * Called when the store must not be used any more: with the move that this machine has made and must follow, else
   * without one.
   */
  readonly onMove: (move?: StoreMove) => void;
}

/** Loads the code of the role that the configuration gives this daemon, and no other: a server's takes 20 MB. */
export async function loadRole(parts: Parts): Promise<(member: MemberView) => Role> {
  const { access, config } = parts;
  keepCompiledCode(access.role);
  if (access.role === "agent") {
    const { AgentRole } = await import("./agent-role.ts");
    const { identity, link } = access;
    const { servers } = config;
    return (member) => new AgentRole(parts, { servers, identity, link, cluster: ownCluster(parts, member) });
  }
  const { ServerRole } = await import("./server-role.ts");
  return (member) => new ServerRole({ ...parts, access }, member);
}

function ownCluster(parts: Parts, { assignments, states }: MemberView): OwnCluster {
  const directory = join(parts.paths.runtimeDirectory, "units");
  return new OwnCluster({
    machine: () => machineRecord(parts, 0),
    ...unitsHere({ machineID: parts.facts.id, assignments, states, manager: parts.manager }),
    fileOf: (unit) => readFile(join(directory, unit), "utf8"),
  });
}
