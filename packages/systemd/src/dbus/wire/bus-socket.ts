import { connect, type Socket } from "node:net";
import { socketAt } from "./bus-address.ts";
import { messageLength } from "./message.ts";

export interface BusSocketEvents {
  /** The other end has accepted this process; messages may be sent. */
  authenticated(): void;
  /** A whole message has arrived. An error that is thrown here ends the connection. */
  message(bytes: Buffer): void;
  /** The connection is over; nothing more follows. */
  closed(reason: Error): void;
}

/**
 * The socket to a bus, or to systemd itself: authenticates, and cuts the bytes that arrive into messages
 * (D-Bus specification, "Authentication Protocol").
 */
export class BusSocket {
  readonly #socket: Socket;
  readonly #events: BusSocketEvents;
  /** Bytes that have arrived and are not part of a whole message yet. */
  #rest: Buffer = Buffer.alloc(0);
  #isAuthenticated = false;
  #isClosed = false;

  /** @param address a D-Bus address, such as unix:path=/run/dbus/system_bus_socket. */
  constructor(address: string, events: BusSocketEvents) {
    this.#events = events;
    this.#socket = connect(socketAt(address));
    this.#socket.on("connect", () => this.#socket.write(GREETING));
    this.#socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on("error", (error) => this.#close(error));
    // A half-closed connection is of no use, and a bus that hangs would keep it.
    for (const event of ["end", "close"])
      this.#socket.on(event, () => this.#close(new Error("the other side closed the connection")));
  }

  /** Sends a message at once: time for which this process was stopped must not count as systemd's. */
  write(message: Buffer): void {
    this.#socket.write(message);
  }

  /** Closes the connection at once; no event follows. */
  destroy(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    try {
      if (this.#isAuthenticated || this.#authenticate()) this.#cutMessages();
    } catch (error) {
      this.#close(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Reads the other end's answer to the greeting; false while that is incomplete. */
  #authenticate(): boolean {
    const end = this.#rest.indexOf("\r\n");
    if (end === -1) return false;
    const answer = this.#rest.toString("latin1", 0, end);
    if (!answer.startsWith("OK ")) throw new Error(`authentication failed: ${answer}`);
    this.#rest = this.#rest.subarray(end + 2);
    this.#isAuthenticated = true;
    this.#events.authenticated();
    return true;
  }

  #cutMessages(): void {
    // The receiver of a message may close the connection.
    while (!this.#isClosed) {
      const length = messageLength(this.#rest);
      if (length === undefined || this.#rest.length < length) return;
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      this.#events.message(message);
    }
  }

  #close(reason: Error): void {
    if (this.#isClosed) return;
    this.destroy();
    this.#events.closed(reason);
  }
}

/**
 * BEGIN is sent together with AUTH, as sd-bus does: systemd 252 does not notice a message that its own socket delivers in
 * one piece with BEGIN until the next message arrives.
 */
const GREETING = `\0AUTH EXTERNAL ${Buffer.from(String(process.getuid?.() ?? 0)).toString("hex")}\r\nBEGIN\r\n`;
