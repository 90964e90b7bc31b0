import type { MachineRecord, Resources } from "@flotilla/model";
import type { FleetdConfig } from "../config/fleetd-options.ts";
import { VERSION } from "../version.ts";
import type { Parts } from "./parts.ts";

/** @param peerPort the port on which this daemon answers other daemons. */
export function machineRecord(
  { facts, config, isApiOpen, capabilities }: Pick<Parts, "facts" | "config" | "isApiOpen" | "capabilities">,
  peerPort: number,
): MachineRecord {
  const { id, bootID, capacity, address, hostname } = facts;
  const { public_ip: publicIP, metadata } = config;
  return {
    id,
    bootID,
    capacity,
    primaryIP: publicIP || address,
    hostname,
    metadata: metadata.pairs,
    version: VERSION,
    peerPort,
    capabilities,
    startedAt: Math.round(performance.timeOrigin),
    ...sharesOf(config),
    ...(isApiOpen && { insecureApi: true }),
  };
}

/** What units may use of the machine, as far as the configuration limits it. */
function sharesOf(config: FleetdConfig): Pick<MachineRecord, "reserve" | "overcommit" | "maxUnits"> {
  const reserve = given({ cpu: config.reserve_cpu, memory: config.reserve_memory, disk: config.reserve_disk });
  const overcommit = given({ cpu: config.overcommit_cpu, memory: config.overcommit_memory });
  const { max_units: maxUnits } = config;
  return { ...(reserve && { reserve }), ...(overcommit && { overcommit }), ...(maxUnits > 0 && { maxUnits }) };
}

/** Leaves out what is not configured: every record is in the memory of every server. */
function given(resources: Resources): Resources | undefined {
  const entries = Object.entries(resources).filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
