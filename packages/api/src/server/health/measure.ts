import { X509Certificate } from "node:crypto";
import type { HealthFinding } from "../../contract/v2/health.ts";
import type { ApiContext } from "../context.ts";
import { AUTHORITY_SOON_MS, endFindings, probeFindings } from "./probe-findings.ts";

/** The most machines that are asked for their clocks and certificates. */
const MOST_PROBES = 100;

/** Asks other machines for their clocks and certificates. */
export async function probesOf(
  { inspector, machineID: own, clock, statuses }: ApiContext,
  machines: readonly string[],
  signal: AbortSignal,
): Promise<readonly HealthFinding[]> {
  const { probe } = inspector;
  if (!probe) return [];
  const others = machines.filter((id) => id !== own).slice(0, MOST_PROBES);
  const ask = (id: string) => () => statuses.run(() => probe(id, signal), signal);
  return (await Promise.all(others.map((id) => probeFindings(id, ask(id), clock.wall())))).flat();
}

/** Tells when the certificate of the cluster's authority ends soon. */
export async function authorityFindings(
  { access, clock }: ApiContext,
  signal: AbortSignal,
): Promise<readonly HealthFinding[]> {
  const certificate = await access.authority(signal);
  if (certificate === undefined) return [];
  const left = new X509Certificate(certificate).validToDate.getTime() - clock.wall();
  return endFindings(
    "",
    "the certificate of the cluster's authority (fleetctl cluster rotate-ca replaces it)",
    left,
    AUTHORITY_SOON_MS,
  );
}
