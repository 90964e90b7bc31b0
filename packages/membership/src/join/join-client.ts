import { createPrivateKey, X509Certificate } from "node:crypto";
import { describeServer, messageOf, networkReason, type ServerAddress } from "@flotilla/runtime";
import { authoritiesIn } from "../certificates/authorities.ts";
import { type MachineIdentity, peerName } from "../certificates/identity.ts";
import type { SigningRequest } from "../certificates/signing-request.ts";
import { askServer, type ServerAnswer } from "./ask-server.ts";
import { JoinError } from "./join-error.ts";
import { AUTHORITY_PATH, type JoinAnswer, type JoinRequest, MACHINES_PATH } from "./join-messages.ts";
import { pinOf } from "./key-hash.ts";
import { pinsReplaced, replacedIn } from "./replaced-authority.ts";

export interface JoiningHost {
  readonly server: ServerAddress;
  /** The whole token, and the pin in it. */
  readonly token: { readonly text: string; readonly pin: string };
  readonly machineID: string;
  readonly bootID: string;
  /** The host's new key. The key stays on the host. */
  readonly signing: SigningRequest;
}

/** What a host has after it was admitted. */
export interface AdmittedHost {
  readonly identity: MachineIdentity;
  readonly servers: readonly string[];
  readonly store: JoinAnswer["store"];
}

/** How long a server may take for one answer, milliseconds. It makes the certificate meanwhile. */
const ANSWER_LIMIT_MS = 45_000;

/**
 * Joins a cluster: fetches the certificate of the cluster's authority without trust, compares it with the token's pin,
 * and only then sends the token, on a connection that the authority vouches for.
 * @throws JoinError; the signal's reason.
 */
export async function joinCluster(host: JoiningHost, signal: AbortSignal): Promise<AdmittedHost> {
  const { server, token, machineID, bootID, signing } = host;
  const ca = await pinnedAuthority(server, token.pin, signal);
  const request: JoinRequest = { token: token.text, machineID, bootID, request: signing.request };
  const body = JSON.stringify(request);
  let answer: ServerAnswer;
  try {
    answer = await askServer(
      server,
      { method: "POST", path: MACHINES_PATH, body, ca, limitMs: ANSWER_LIMIT_MS },
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    const message = `the server at ${describeServer(server)} did not answer the request to join: ${reasonOf(error)}; run the command again`;
    throw new JoinError(message, { cause: error, mayBeAdmitted: !isFromTls(error) });
  }
  if (answer.status !== 200) throw refusal(server, answer);
  return admitted(host, answer.text);
}

async function pinnedAuthority(server: ServerAddress, pin: string, signal: AbortSignal): Promise<string> {
  let answer: ServerAnswer;
  try {
    const request = { method: "GET", path: AUTHORITY_PATH, ca: undefined, limitMs: ANSWER_LIMIT_MS } as const;
    answer = await askServer(server, request, signal);
  } catch (error) {
    signal.throwIfAborted();
    const fix = `check the address, that fleetd runs there, and that its TCP port ${server.port} (peer_port) is open`;
    throw new JoinError(`cannot reach the server at ${describeServer(server)}: ${reasonOf(error)}; ${fix}`, {
      cause: error,
      isUnreachable: true,
    });
  }
  const authorities = authoritiesIn(answer.text);
  if (answer.status !== 200 || authorities.length === 0) throw refusal(server, answer);
  // One that was replaced is enough: the server's certificate comes with its word for the present authority.
  const pinned = authorities.find((authority) => hasPin(authority, pin));
  if (pinned !== undefined) return pinned;
  const replacedAt = replacedIn(answer.text, pin);
  if (replacedAt !== undefined)
    throw new JoinError(
      `the server at ${describeServer(server)} refuses this host: ${pinsReplaced(replacedAt)}. Nothing was sent`,
    );
  throw new JoinError(
    `the server at ${describeServer(server)} is not of the cluster that made the token: its certificate authority has another hash; ` +
      "check the address, and that the token is of this cluster and newer than the latest rotation of its authority. " +
      "Nothing was sent",
  );
}

function reasonOf(error: unknown): string {
  return networkReason(error) ?? messageOf(error);
}

function hasPin(authority: string, pin: string): boolean {
  try {
    return pinOf(authority) === pin;
  } catch {
    return false;
  }
}

function admitted({ machineID, signing, server }: JoiningHost, text: string): AdmittedHost {
  try {
    const { certificate, authorities, servers, store } = JSON.parse(text) as JoinAnswer;
    const identity: MachineIdentity = { key: signing.key, cert: certificate, ca: authorities.join("") };
    const own = new X509Certificate(certificate);
    const fits =
      own.checkPrivateKey(createPrivateKey(signing.key)) &&
      own.checkHost(peerName(machineID)) !== undefined &&
      authoritiesIn(identity.ca).some((authority) => own.verify(new X509Certificate(authority).publicKey));
    if (!fits) throw new Error("the certificate is not for this host's key and machine ID");
    return { identity, servers: servers.map(String), store };
  } catch (error) {
    const message = `cannot use the answer of the server at ${describeServer(server)}: ${messageOf(error)}; run the command again`;
    throw new JoinError(message, { cause: error, mayBeAdmitted: true });
  }
}

function refusal(server: ServerAddress, { status, text }: ServerAnswer): JoinError {
  const reason = reasonIn(text);
  if (reason === undefined)
    return new JoinError(
      `the server at ${describeServer(server)} answered with status ${status}, not as a server of a cluster does; check the address`,
    );
  return new JoinError(`the server at ${describeServer(server)} refuses this host: ${reason}`, {
    mayBeAdmitted: status >= 500,
  });
}

function reasonIn(text: string): string | undefined {
  try {
    const { reason } = JSON.parse(text) as { readonly reason?: unknown };
    return typeof reason === "string" ? reason : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the connection was refused before anything could be sent. */
function isFromTls(error: unknown): boolean {
  const { code = "" } = error as { readonly code?: string };
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|CERT_|ERR_TLS|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/.test(
    code,
  );
}
