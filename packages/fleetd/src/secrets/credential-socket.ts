import { chmod } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { SecretError } from "@flotilla/agent";
import { type Clock, type Logger, logFailure, untilAborted } from "@flotilla/runtime";
import type { SocketPeer } from "../host/native-calls.ts";
import { removeStaleSocket } from "../http/stale-socket.ts";
import { type CredentialRequest, credentialRequest } from "./credential-request.ts";

export interface CredentialSocketOptions {
  /** The descriptor that systemd has passed; otherwise the path to listen on. */
  readonly listen: { readonly fd: number } | { readonly path: string };
  /** The user who may ask: the one of the systemd that this daemon works for. */
  readonly uid: number;
  readonly peerOf: (fd: number) => SocketPeer | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Returns the value of a credential. Rejects with the reason if the unit must not start. */
export type CredentialSource = (request: CredentialRequest, signal: AbortSignal) => Promise<Buffer>;

/** Time for one answer, milliseconds: less than systemd's usual time for the start of a unit, 90 s. */
const ANSWER_LIMIT_MS = 30_000;

/** Connections at one time; systemd's further ones wait in the queue of the socket. */
const MOST_CONNECTIONS = 256;

/**
 * An answer of more bytes than systemd accepts, so that the start fails. systemd takes an empty answer, or a connection
 * that is cut, for an empty credential, and starts the unit.
 */
const REFUSAL_BYTES = 1024 * 1024 + 4096;

/** The socket on which systemd asks for the secrets of units (`LoadCredential=NAME:/run/fleet/secrets.sock`). */
export class CredentialSocket {
  readonly #options: CredentialSocketOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #source = Promise.withResolvers<CredentialSource>();
  #isServing = false;

  private constructor(options: CredentialSocketOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket));
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** @throws the errors of node:net if the path cannot be used. */
  static async open(options: CredentialSocketOptions): Promise<CredentialSocket> {
    const { listen } = options;
    const opened = new CredentialSocket(options);
    const server = opened.#server;
    if ("path" in listen) await removeStaleSocket(listen.path);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(listen, resolve);
    });
    if ("path" in listen) await chmod(listen.path, 0o600);
    return opened;
  }

  /** Answers from this source, also requests that wait. */
  serve(source: CredentialSource): void {
    this.hold();
    this.#isServing = true;
    this.#source.resolve(source);
  }

  /** Makes requests wait until the next call of `serve`. */
  hold(): void {
    // Waiting requests already await this promise.
    if (!this.#isServing) return;
    this.#isServing = false;
    this.#source = Promise.withResolvers<CredentialSource>();
  }

  /**
   * Accepts no more connections: those of systemd's socket wait for the next process. Open requests may finish within
   * `graceMs`; then systemd fails the start of their units.
   */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.end(Buffer.alloc(REFUSAL_BYTES), () => socket.destroy());
    }, graceMs);
    await closed;
    clearTimeout(cut);
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // systemd closes its end as soon as it has more than it accepts.
    socket.on("error", () => {});
    socket.resume();
    const peer = this.#options.peerOf(descriptorOf(socket));
    const request = peer && credentialRequest(peer.address);
    if (peer?.uid !== this.#options.uid || !request) {
      this.#options.log.warn("refused a process that is not systemd on the socket for secrets", { uid: peer?.uid });
      return void socket.destroy();
    }
    socket.end(await this.#answer(request));
  }

  async #answer(request: CredentialRequest): Promise<Buffer> {
    const { clock, log } = this.#options;
    const limit = new AbortController();
    const answered = new AbortController();
    clock.sleep(ANSWER_LIMIT_MS, answered.signal).then(
      () => limit.abort(new SecretError("no answer in time; no server or no agent is ready")),
      () => {},
    );
    try {
      const source = await untilAborted([limit.signal], () => this.#source.promise);
      return await untilAborted([limit.signal], () => source(request, limit.signal));
    } catch (error) {
      const { unit, name: secret } = request;
      logFailure(log, "cannot give a unit its secret; systemd does not start the unit", error, { unit, secret });
      return Buffer.alloc(REFUSAL_BYTES);
    } finally {
      answered.abort();
    }
  }
}

/** The descriptor of a connection. Node has no public way to it, and only the kernel knows who is at the other end. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd ?? -1;
}
