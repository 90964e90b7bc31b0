import { createHash, X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { checkServerIdentity as checkName, type PeerCertificate } from "node:tls";
import { SERVER_NAME } from "@flotilla/runtime";
import { V2_BASE, v2Endpoints } from "../contract/v2/endpoints.ts";
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
  const { certificate } = parsedAnswer(await bodyOf(answer, { silenceMs: timeoutMs }, limit)) as {
    readonly certificate: string;
  };
  const hash = createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
  if (hash === pin) return certificate;
  throw new Error("the server belongs to another cluster than the token: its authority has another hash");
}

/**
 * Accepts a server of the cluster by the name that all of them have, whatever the address, and other certificates of
 * the authority by the address.
 */
export function checkServer(host: string, certificate: PeerCertificate): Error | undefined {
  return checkName(SERVER_NAME, certificate) === undefined ? undefined : checkName(host, certificate);
}
