import type { X509Certificate } from "node:crypto";
import { constants, type ServerHttp2Session } from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Clock, SERVER_NAME } from "@flotilla/runtime";
import { encodeFarewell, type Farewell, NUDGE } from "../port/wire.ts";

/** How long a client may take to read why its session ends, milliseconds. */
const FAREWELL_MS = 1_000;

/** An HTTP/2 session with its socket. Create it in the turn of the event loop in which the session is created. */
export class Connection {
  readonly session: ServerHttp2Session;
  readonly #clock: Clock;
  #socket: TLSSocket | undefined;

  constructor(session: ServerHttp2Session, clock: Clock) {
    this.session = session;
    this.#clock = clock;
    session.once("connect", (_session, socket: TLSSocket) => {
      this.#socket = socket;
    });
    // The close that follows ends the session.
    session.on("error", () => {});
  }

  /** Changes when the client sends anything. */
  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  /** The certificate that the client gave. */
  get certificate(): X509Certificate | undefined {
    return this.#socket?.getPeerX509Certificate();
  }

  /** Asks the client to check its certificate. */
  nudge(): void {
    if (!this.session.destroyed) this.session.altsvc(NUDGE, `https://${SERVER_NAME}`);
  }

  /** Tells the client why the session ends. Streams that it opens from now on are not handled. */
  announceEnd(farewell: Farewell, code: number = constants.NGHTTP2_NO_ERROR): void {
    if (!this.session.destroyed) this.session.goaway(code, 0, encodeFarewell(farewell));
  }

  /** Ends the session and its streams at once, after what has been written if the client reads that soon. */
  end(): void {
    const { session } = this;
    if (session.destroyed) return;
    session.destroy();
    // Node waits for the client to read what is buffered.
    const cancel = this.#clock.after(FAREWELL_MS, () => this.#socket?.destroy());
    session.once("close", cancel);
  }
}
