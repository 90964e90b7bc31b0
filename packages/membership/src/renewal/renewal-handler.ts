import { LinkAnswerError, type LinkCall, type LinkHandler } from "@flotilla/link";
import type { AuthorityRecord } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import * as z from "zod";
import type { Memberships } from "../admission/admit-agent.ts";
import { isDue } from "../certificates/certificate-life.ts";
import type { CertificateMaker } from "../certificates/certificate-maker.ts";
import type { RenewalStatus, RenewedCertificate } from "./renewal-messages.ts";

export interface RenewalHandlerOptions {
  /** Returns the cluster's authority. */
  readonly authority: (signal: AbortSignal) => Promise<AuthorityRecord>;
  readonly memberships: Pick<Memberships, "generationOf">;
  readonly certificates: Pick<CertificateMaker, "sign">;
  readonly clock: Clock;
}

/** Certificates that are made at one time; each takes a process with 60 MB for 100 ms. */
export const RENEWALS_AT_ONCE = 2;

const renewalRequest = z.union([z.object({ request: z.string() }), z.object({ certificate: z.string() })]);

/** Answers agents that renew their certificates. The link has admitted the agent by its present certificate. */
export function renewalHandler(options: RenewalHandlerOptions): LinkHandler {
  /** One renewal of each machine, so that a machine that was taken over keeps no other from its renewal. */
  const running = new Set<string>();
  return async (call) => {
    const asked = requestIn(await call.body());
    if ("certificate" in asked) return answer(call, { renew: isDueNow(asked.certificate, options.clock.wall()) });
    const { machineID } = call;
    if (running.has(machineID) || running.size >= RENEWALS_AT_ONCE)
      throw LinkAnswerError.because(503, "the server renews certificates; try again");
    running.add(machineID);
    try {
      answer(call, await renewed(asked.request, call, options));
    } finally {
      running.delete(machineID);
    }
  };
}

function answer(call: LinkCall, value: RenewalStatus | RenewedCertificate): void {
  call.answer(200, JSON.stringify(value));
}

function requestIn(text: string): z.infer<typeof renewalRequest> {
  try {
    return renewalRequest.parse(JSON.parse(text));
  } catch {
    throw LinkAnswerError.because(400, "the body is not JSON with certificate or request");
  }
}

function isDueNow(certificate: string, now: number): boolean {
  try {
    return isDue(certificate, now);
  } catch {
    throw LinkAnswerError.because(400, "the certificate is not X.509 in PEM");
  }
}

async function renewed(
  request: string,
  { machineID, signal }: LinkCall,
  { authority, memberships, certificates, clock }: RenewalHandlerOptions,
): Promise<RenewedCertificate> {
  const generation = memberships.generationOf(machineID);
  if (generation === undefined)
    throw LinkAnswerError.because(403, `machine ${machineID} is not a member of the cluster`);
  const cluster = await authority(signal);
  const machine = { machineID, role: "agent", generation, names: [] } as const;
  const outcome = await certificates.sign(cluster, machine, request, clock.wall(), signal);
  if ("refused" in outcome) throw LinkAnswerError.because(400, outcome.refused);
  return { certificate: outcome.certificate, authorities: [cluster.certificate] };
}
