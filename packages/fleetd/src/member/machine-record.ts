import type { MachineRecord } from "@flotilla/model";
import { VERSION } from "../version.ts";
import type { Parts } from "./parts.ts";

/** @param peerPort the port on which this daemon answers other daemons. */
export function machineRecord(
  { facts, config, isApiOpen }: Pick<Parts, "facts" | "config" | "isApiOpen">,
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
    ...(isApiOpen && { insecureApi: true }),
  };
}
