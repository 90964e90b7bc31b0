import type { Socket } from "node:net";
import type { Clock } from "@flotilla/runtime";
import type { LinkLimits } from "./limits.ts";

type GateLimits = Pick<LinkLimits, "handshakes" | "handshakeMs" | "waitingHandshakes" | "handshakeWaitMs">;

export interface HandshakeGateOptions {
  readonly clock: Clock;
  readonly limits: GateLimits;
  /** Begins the TLS handshake on a connection. */
  readonly begin: (socket: Socket) => void;
}

/**
 * Begins few TLS handshakes at one time, the newest connection first. A handshake takes a millisecond of this process.
 * When ten thousand agents connect at one time and all handshakes run side by side, none ends before its client gives
 * up. The newest client waits longest from now on; the oldest has probably given up.
 *
 * A connection waits from its first bytes on, so that silent connections do not delay others.
 */
export class HandshakeGate {
  readonly #options: HandshakeGateOptions;
  readonly #waiting: Socket[] = [];
  readonly #running = new Map<string, () => void>();

  constructor(options: HandshakeGateOptions) {
    this.#options = options;
  }

  add(socket: Socket): void {
    const { clock, limits } = this.#options;
    // The close that follows ends the connection.
    socket.on("error", () => {});
    const cancel = clock.after(limits.handshakeWaitMs, () => this.#drop(socket));
    socket.once("close", cancel);
    socket.once("readable", () => {
      cancel();
      this.#arrive(socket);
    });
  }

  /** Call when the handshake on a connection has ended. */
  ended(socket: Socket): void {
    this.#running.get(nameOf(socket))?.();
  }

  #arrive(socket: Socket): void {
    const { clock, limits } = this.#options;
    this.#waiting.push(socket);
    const cancel = clock.after(limits.handshakeWaitMs, () => {
      if (this.#waiting.includes(socket)) this.#drop(socket);
    });
    socket.once("close", cancel);
    this.#beginNext();
    if (this.#waiting.length > limits.waitingHandshakes) this.#drop(this.#waiting[0] as Socket);
  }

  #drop(socket: Socket): void {
    const index = this.#waiting.indexOf(socket);
    if (index >= 0) this.#waiting.splice(index, 1);
    socket.destroy();
  }

  #beginNext(): void {
    while (this.#running.size < this.#options.limits.handshakes) {
      const socket = this.#waiting.pop();
      if (socket === undefined) return;
      if (!socket.destroyed) this.#begin(socket);
    }
  }

  #begin(socket: Socket): void {
    const { clock, limits, begin } = this.#options;
    const name = nameOf(socket);
    const end = (): void => {
      cancel();
      if (this.#running.get(name) !== end) return;
      this.#running.delete(name);
      this.#beginNext();
    };
    // A client on a slow line goes on with its handshake, and no longer counts.
    const cancel = clock.after(limits.handshakeMs, end);
    this.#running.set(name, end);
    socket.once("close", end);
    begin(socket);
  }
}

/** The sockets of a connection below and above TLS have the same name. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
