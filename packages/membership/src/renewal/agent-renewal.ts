import type { Link } from "@flotilla/link";
import { FlotillaError } from "@flotilla/runtime";
import type { MachineIdentity } from "../certificates/identity.ts";
import { makeSigningRequest } from "../certificates/signing-request.ts";
import {
  CERTIFICATE_PATH,
  type RenewalRequest,
  type RenewalStatus,
  type RenewedCertificate,
} from "./renewal-messages.ts";

/** A server refused to renew the certificate. */
export class RenewalError extends FlotillaError {
  readonly code = "certificate-not-renewed";
}

/** How long a server may take for one answer, milliseconds. It makes the certificate meanwhile. */
const ANSWER_LIMIT_MS = 45_000;

/**
 * Renews an agent's certificate with a new key, if it is due by the server's clock: the clock of the host may be wrong.
 * @returns undefined if the certificate is not due.
 * @throws RenewalError; the link's errors; the signal's reason.
 */
export async function renewOverLink(
  link: Pick<Link, "request">,
  machineID: string,
  { cert }: MachineIdentity,
  signal: AbortSignal,
): Promise<MachineIdentity | undefined> {
  const { renew } = (await ask(link, { certificate: cert }, signal)) as RenewalStatus;
  if (!renew) return undefined;
  const { key, request } = makeSigningRequest(machineID);
  const { certificate, authorities } = (await ask(link, { request }, signal)) as RenewedCertificate;
  return { key, cert: certificate, ca: authorities.join("") };
}

async function ask(link: Pick<Link, "request">, request: RenewalRequest, signal: AbortSignal): Promise<unknown> {
  const options = { signal, limitMs: ANSWER_LIMIT_MS };
  const { status, body } = await link.request(CERTIFICATE_PATH, JSON.stringify(request), options);
  if (status === 200) return JSON.parse(body);
  throw new RenewalError(`the server refuses to renew this machine's certificate: ${body.slice(0, 500)}`);
}
