import type { Link } from "@flotilla/link";
import { FlotillaError } from "@flotilla/runtime";
import { authoritiesIn } from "../certificates/authorities.ts";
import type { MachineIdentity } from "../certificates/identity.ts";
import { makeSigningRequest } from "../certificates/signing-request.ts";
import { pinOf } from "../join/key-hash.ts";
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
 * Renews an agent's certificate with a new key, if a server says so: because it is due by the server's clock, as the clock
 * of the host may be wrong, or because the cluster has another authority. Else takes the authorities that the server
 * trusts, if they are others.
 * @param isSaved whether the identity will be there after a restart.
 * @returns undefined if the identity is the wanted one.
 * @throws RenewalError; the link's errors; the signal's reason.
 */
export async function renewOverLink(
  link: Pick<Link, "request">,
  machineID: string,
  { key: own, cert, ca }: MachineIdentity,
  signal: AbortSignal,
  isSaved = true,
): Promise<MachineIdentity | undefined> {
  const shown = { certificate: cert, trusts: authoritiesIn(ca).map(pinOf), ...(!isSaved && { isUnsaved: true }) };
  const { renew, authorities: others } = (await ask(link, shown, signal)) as RenewalStatus;
  if (!renew) return others && { key: own, cert, ca: others.join("") };
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
