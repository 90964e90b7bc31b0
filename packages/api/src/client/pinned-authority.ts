import { createHash, X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { checkServerIdentity as checkName, type PeerCertificate } from "node:tls";
import { SERVER_NAME } from "@flotilla/runtime";
import { V2_BASE, v2Endpoints } from "../contract/v2/endpoints.ts";
import type { AuthorityAnswer } from "../contract/v2/access-entities.ts";
import { bodyOf, parsedAnswer } from "./answer-body.ts";

/**
 * Returns the certificate of the cluster's authority from a server, after its SHA-256 was compared with the pin of a
 * token. Nothing secret is sent before.
 * @throws Error if another cluster answers, or none.
 */
export async function pinnedAuthority(
  { host, port }: { readonly host: string; readonly port: number },
  pin: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string> {
  const { method, path } = v2Endpoints.getAuthority;
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  // The answer is checked by its hash, so the connection need not be trusted.
  const options = { host, port, method, path: V2_BASE + path, rejectUnauthorized: false, agent: false, signal: limit };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    https.request(options, resolve).on("error", reject).end();
  });
  const { certificate, previous } = parsedAnswer(
    await bodyOf(answer, { silenceMs: timeoutMs }, limit),
  ) as AuthorityAnswer;
  // One that was replaced is enough: the server's certificate comes with its word for the present authority.
  const authorities = [certificate, ...(previous === undefined ? [] : [previous])];
  const pinned = authorities.find((authority) => hashOf(authority) === pin);
  if (pinned !== undefined) return pinned;
  throw new Error(
    "the server belongs to another cluster than the token, or its authority was rotated: it has another hash; " +
      "create a new token, if the cluster is the right one",
  );
}

function hashOf(certificate: string): string {
  return createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
}

/**
 * Accepts a server of the cluster by the name that all of them have, whatever the address, and other certificates of
 * the authority by the address.
 */
export function checkServer(host: string, certificate: PeerCertificate): Error | undefined {
  return checkName(SERVER_NAME, certificate) === undefined ? undefined : checkName(host, certificate);
}
