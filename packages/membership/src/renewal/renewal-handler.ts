import { LinkAnswerError, type LinkCall, type LinkHandler } from "@flotilla/link";
import type { AuthorityRecord } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import * as z from "zod";
import type { Memberships } from "../admission/admit-agent.ts";
import { isDue } from "../certificates/certificate-life.ts";
import type { CertificateMaker } from "../certificates/certificate-maker.ts";
import { isIssuedBy, isSameTrust, trustedIn, withChain } from "../certificates/trust.ts";
import { pinOf } from "../join/key-hash.ts";
import type { RenewalStatus, RenewedCertificate, ShownIdentity } from "./renewal-messages.ts";

/** An agent that has a certificate of the present authority. */
export interface CurrentAgent {
  readonly machineID: string;
  readonly generation: string;
  /** The pin of the authority. */
  readonly issuer: string;
  /** Whether the certificate will be there after a restart. */
  readonly isSaved: boolean;
  /** Whether the agent trusts the authorities that the server trusts, and no others. */
  readonly isWhole: boolean;
}

export interface RenewalHandlerOptions {
  /** Returns the cluster's authority. */
  readonly authority: (signal: AbortSignal) => Promise<AuthorityRecord>;
  /** The authority as this server knows it, without asking the store; undefined if it does not know it. */
  readonly known: () => AuthorityRecord | undefined;
  /** Called when an agent has shown a certificate of the present authority. */
  readonly onCurrent: (agent: CurrentAgent, signal: AbortSignal) => Promise<void>;
  readonly memberships: Pick<Memberships, "generationOf">;
  readonly certificates: Pick<CertificateMaker, "sign">;
  readonly clock: Clock;
}

/** Certificates that are made at one time; each takes a process with 60 MB for 100 ms. */
export const RENEWALS_AT_ONCE = 2;

/** Authorities that an agent may say it trusts. */
const MOST_TRUSTED = 16;

const renewalRequest = z.union([
  z.object({ request: z.string() }),
  z.object({
    certificate: z.string(),
    trusts: z.array(z.string()).max(MOST_TRUSTED).optional(),
    isUnsaved: z.boolean().optional(),
  }),
]);

/** Answers agents that renew their certificates. The link has admitted the agent by its present certificate. */
export function renewalHandler(options: RenewalHandlerOptions): LinkHandler {
  /** One renewal of each machine, so that a machine that was taken over keeps no other from its renewal. */
  const running = new Set<string>();
  return async (call) => {
    const asked = requestIn(await call.body());
    if ("certificate" in asked) return answer(call, await statusOf(asked, call, options));
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

async function statusOf(
  shown: ShownIdentity,
  { machineID, signal }: LinkCall,
  { known, onCurrent, memberships, clock }: RenewalHandlerOptions,
): Promise<RenewalStatus> {
  const { certificate, trusts, isUnsaved = false } = shown;
  const cluster = known();
  const isDueNow = readable(() => isDue(certificate, clock.wall()));
  if (!cluster || isDueNow) return { renew: isDueNow };
  if (!readable(() => isIssuedBy(certificate, cluster.certificate))) return { renew: true };
  const authorities = trustedIn(cluster);
  const isWhole = !trusts || isSameTrust(trusts, authorities);
  const generation = memberships.generationOf(machineID);
  const issuer = pinOf(cluster.certificate);
  if (generation !== undefined)
    await onCurrent({ machineID, generation, issuer, isSaved: !isUnsaved, isWhole }, signal);
  return { renew: false, ...(!isWhole && { authorities }) };
}

function readable<T>(read: () => T): T {
  try {
    return read();
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
  return { certificate: withChain(outcome.certificate, cluster), authorities: trustedIn(cluster) };
}
