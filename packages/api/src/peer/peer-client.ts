import type { IncomingMessage } from "node:http";
import https from "node:https";
import { createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import type { Readable } from "node:stream";
import type * as z from "zod";
import { isLanguageError, messageOf, systemClock } from "@flotilla/runtime";
import { ApiError } from "../client/client-error.ts";
import { bodyOf } from "../client/answer-body.ts";
import {
  PEER_BASE,
  peerActionReport,
  peerAudit,
  peerClock,
  peerProperties,
  peerSockets,
  peerStatus,
  peerTimers,
} from "../contract/peer.ts";
import type { AuditQuery, RecordedEntry } from "../contract/v2/audit.ts";
import { ACTION_LIMIT_MS, AUDIT_LIMIT_MS } from "../contract/v2/endpoints.ts";
import {
  type ActionReport,
  type JournalRequest,
  type MachineProbe,
  MachineUnreachableError,
  type PropertiesReport,
  type SocketReport,
  type StatusReport,
  type TimerReport,
  type UnitAction,
} from "../server/ports.ts";

/** The address of a machine's daemon, from the machine's record in the store. */
export interface PeerAddress {
  readonly machineID: string;
  readonly host: string;
  readonly port: number;
}

export interface PeerTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface PeerClientOptions {
  /** This daemon's certificate and the cluster's authority, PEM. */
  readonly tls: PeerTls;
  /** Returns the name that the machine's certificate must have; a server with another certificate is refused. */
  readonly nameOf: (machineID: string) => string;
  /** How long a peer may take to begin its answer, and may pause within the answer, milliseconds. */
  readonly timeoutMs: number;
}

interface PeerRequest {
  readonly path: string;
  readonly body?: string;
  /** How long the peer may take to begin its answer, milliseconds. */
  readonly timeoutMs: number;
}

/** The idle time before TCP keep-alive probes begin, milliseconds. A followed journal may be quiet for days. */
const PROBE_AFTER_MS = 10_000;

/**
 * The most bytes of an answer about a unit: its status has at most 4 MiB, with JSON's escapes. The machine may have been
 * taken over.
 */
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** Sends requests to the cluster's other daemons. Every call throws MachineUnreachableError on failure. */
export class PeerClient {
  readonly #options: PeerClientOptions;
  readonly #pooled = new https.Agent({ keepAlive: true, maxSockets: 4 });
  readonly #unpooled = new https.Agent();
  /** Shared by all connections: parsing the certificates for each would be most of a connection's cost. */
  #secureContext: SecureContext;

  constructor(options: PeerClientOptions) {
    this.#options = options;
    this.#secureContext = contextOf(options.tls);
  }

  /** Uses another certificate from the next connection on. */
  renew(tls: PeerTls): void {
    this.#secureContext = contextOf(tls);
  }

  async status(peer: PeerAddress, unit: string, signal: AbortSignal): Promise<StatusReport> {
    return this.#read(peer, `/units/${encodeURIComponent(unit)}/status`, peerStatus, signal);
  }

  async properties(
    peer: PeerAddress,
    unit: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<PropertiesReport> {
    const query = new URLSearchParams({ properties: names.join(",") }).toString();
    return this.#read(peer, `/units/${encodeURIComponent(unit)}/properties?${query}`, peerProperties, signal);
  }

  /** Measures the peer's clock against this one, with the error of the measurement, and reads when its certificate ends. */
  async probe(peer: PeerAddress, signal: AbortSignal): Promise<MachineProbe> {
    return this.#asking(peer, signal, async () => {
      const [wall, began] = [systemClock.wall(), systemClock.monotonic()];
      const answer = await this.#get(peer, "/clock", this.#unpooled, signal);
      const certificate: { readonly valid_to?: string } = (answer.socket as TLSSocket).getPeerCertificate();
      const { wall: theirs } = peerClock.parse(JSON.parse(await this.#bodyOf(answer, signal)));
      const uncertainMs = (systemClock.monotonic() - began) / 2;
      const ends = Date.parse(certificate.valid_to ?? "");
      const clockAheadMs = theirs - wall - uncertainMs;
      return { clockAheadMs, uncertainMs, ...(!Number.isNaN(ends) && { certificateEnds: ends }) };
    });
  }

  async timers(peer: PeerAddress, signal: AbortSignal): Promise<readonly TimerReport[]> {
    return (await this.#read(peer, "/timers", peerTimers, signal)).timers;
  }

  async sockets(peer: PeerAddress, signal: AbortSignal): Promise<readonly SocketReport[]> {
    return (await this.#read(peer, "/sockets", peerSockets, signal)).sockets;
  }

  async journal(peer: PeerAddress, unit: string, request: JournalRequest, signal: AbortSignal): Promise<Readable> {
    return this.#asking(peer, signal, async () => {
      const query = new URLSearchParams();
      for (const [key, value] of Object.entries(request)) if (value !== undefined) query.set(key, String(value));
      const answer = await this.#get(
        peer,
        `/units/${encodeURIComponent(unit)}/journal?${query.toString()}`,
        this.#unpooled,
        signal,
      );
      if (answer.statusCode !== 200) await this.#bodyOf(answer, signal);
      return answer;
    });
  }

  /** Sends an action, which must not be repeated, on a new connection: a pooled connection may be half closed. */
  async act(peer: PeerAddress, unit: string, action: UnitAction, signal: AbortSignal): Promise<ActionReport> {
    const { timeoutMs } = this.#options;
    const takesLong = action.kind === "reload" || action.kind === "restart";
    return this.#asking(peer, signal, async () => {
      const request = {
        path: `/units/${encodeURIComponent(unit)}/actions`,
        body: JSON.stringify(action),
        timeoutMs: timeoutMs + (takesLong ? ACTION_LIMIT_MS : 0),
      };
      const answer = await this.#send(peer, request, this.#unpooled, signal);
      return peerActionReport.parse(JSON.parse(await this.#bodyOf(answer, signal)));
    });
  }

  /** Reads what the server has recorded. */
  async audit(peer: PeerAddress, query: AuditQuery, signal: AbortSignal): Promise<readonly RecordedEntry[]> {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
    return this.#asking(peer, signal, async () => {
      const request = { path: `/audit?${search.toString()}`, timeoutMs: AUDIT_LIMIT_MS };
      const answer = await this.#send(peer, request, this.#unpooled, signal);
      const { timeoutMs: silenceMs } = this.#options;
      return peerAudit.parse(JSON.parse(await bodyOf(answer, { silenceMs }, signal))).entries;
    });
  }

  close(): void {
    this.#pooled.destroy();
    this.#unpooled.destroy();
  }

  #read<T>(peer: PeerAddress, path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    return this.#asking(peer, signal, async () => {
      const answer = await this.#get(peer, path, this.#pooled, signal);
      return schema.parse(JSON.parse(await this.#bodyOf(answer, signal)));
    });
  }

  #bodyOf(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
    return bodyOf(answer, { silenceMs: this.#options.timeoutMs, most: MOST_ANSWER_BYTES }, signal);
  }

  async #asking<T>({ machineID, host, port }: PeerAddress, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (isLanguageError(error)) throw error;
      const where = `machine ${machineID} at ${host}:${port}`;
      const what = error instanceof ApiError ? "cannot get an answer from" : "cannot reach";
      throw new MachineUnreachableError(`${what} ${where}: ${messageOf(error)}`, { cause: error });
    }
  }

  #get(peer: PeerAddress, path: string, agent: https.Agent, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#send(peer, { path, timeoutMs: this.#options.timeoutMs }, agent, signal);
  }

  #send(
    peer: PeerAddress,
    { path, body, timeoutMs }: PeerRequest,
    agent: https.Agent,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { nameOf } = this.#options;
    return new Promise((resolve, reject) => {
      const { host, port } = peer;
      const tls = { secureContext: this.#secureContext, servername: nameOf(peer.machineID) };
      const request = https.request({
        method: body === undefined ? "GET" : "POST",
        headers: body === undefined ? {} : { "content-type": "application/json" },
        host,
        port,
        path: PEER_BASE + path,
        agent,
        ...tls,
        signal,
      });
      const limit = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      request.on("socket", (socket) => socket.setKeepAlive(true, PROBE_AFTER_MS));
      request.on("close", () => clearTimeout(limit));
      request.on("error", reject);
      request.on("response", (answer) => {
        clearTimeout(limit);
        resolve(answer);
      });
      request.end(body);
    });
  }
}

function contextOf(tls: PeerTls): SecureContext {
  return createSecureContext({ ...tls, minVersion: "TLSv1.3" });
}
