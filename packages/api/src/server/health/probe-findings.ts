import { messageOf } from "@flotilla/runtime";
import type { HealthFinding } from "../../contract/v2/health.ts";
import { type MachineProbe, MachineUnreachableError } from "../ports.ts";
import { finding } from "./finding.ts";

/** A greater difference between clocks confuses leases, certificates and logs. */
const MOST_CLOCK_MS = 1_000;

/** A certificate of 30 days is renewed long before. */
const CERTIFICATE_SOON_MS = 3 * 86_400_000;

/** The certificate of the authority is replaced by a person. */
export const AUTHORITY_SOON_MS = 60 * 86_400_000;

/** Returns what a machine's clock and certificate show, or that its daemon does not answer. */
export async function probeFindings(
  machineID: string,
  probe: () => Promise<MachineProbe>,
  now: number,
): Promise<readonly HealthFinding[]> {
  try {
    const { clockAheadMs, uncertainMs, certificateEnds } = await probe();
    const isOff = Math.abs(clockAheadMs) - uncertainMs > MOST_CLOCK_MS;
    const off = `its clock is ${(Math.abs(clockAheadMs) / 1_000).toFixed(1)} s ${clockAheadMs > 0 ? "ahead of" : "behind"} this server's`;
    return [
      ...(isOff ? [finding("wrong", "clocks", machineID, off)] : []),
      ...endFindings(
        machineID,
        "its certificate",
        (certificateEnds ?? Number.POSITIVE_INFINITY) - now,
        CERTIFICATE_SOON_MS,
      ),
    ];
  } catch (error) {
    if (!(error instanceof MachineUnreachableError)) throw error;
    return [finding("wrong", "machines", machineID, messageOf(error))];
  }
}

export function endFindings(subject: string, what: string, leftMs: number, soonMs: number): readonly HealthFinding[] {
  if (leftMs > soonMs) return [];
  const when = leftMs <= 0 ? "has ended" : `ends in ${Math.floor(leftMs / 86_400_000)} days`;
  return [finding("wrong", "certificates", subject, `${what} ${when}`)];
}
