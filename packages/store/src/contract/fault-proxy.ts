import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * `pass` forwards everything. `stall` accepts connections and holds all data until the mode is `pass` again.
 * `black-hole` accepts connections and drops all data; connections from that time stay silent forever, as after a
 * firewall has lost its state. New connections work again on `pass`.
 */
export type ProxyMode = "pass" | "stall" | "black-hole";

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  lossy: boolean;
}

/** A TCP proxy on 127.0.0.1 that simulates network faults between a client and a server. */
export class FaultProxy implements AsyncDisposable {
  readonly #listener: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #links = new Set<Link>();
  #mode: ProxyMode = "pass";

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#listener = createServer((client) => this.#accept(client));
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#listener.listen(0, "127.0.0.1");
    await once(proxy.#listener, "listening");
    return proxy;
  }

  /** `127.0.0.1:port` */
  get address(): string {
    const address = this.#listener.address();
    if (address === null || typeof address === "string") throw new Error("The proxy is not listening.");
    return `127.0.0.1:${address.port}`;
  }

  get mode(): ProxyMode {
    return this.#mode;
  }

  set mode(mode: ProxyMode) {
    this.#mode = mode;
    for (const link of this.#links) this.#apply(link);
  }

  /** Resets every connection. New ones follow the mode. */
  cut(): void {
    for (const { client, server } of this.#links) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async stop(): Promise<void> {
    this.#listener.close();
    this.cut();
    if (this.#listener.listening) await once(this.#listener, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #accept(client: Socket): void {
    const server = connect(this.#target);
    const link: Link = { client, server, lossy: false };
    this.#links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // Broken connections are the purpose of the proxy.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#links.delete(link);
        client.destroy();
        server.destroy();
      });
    }
    this.#apply(link);
    forward(client, server, link);
    forward(server, client, link);
  }

  #apply(link: Link): void {
    if (this.#mode === "black-hole") link.lossy = true;
    for (const socket of [link.client, link.server]) {
      if (this.#mode === "stall") socket.pause();
      else socket.resume();
    }
  }
}

function forward(from: Socket, to: Socket, link: Link): void {
  from.on("data", (chunk) => {
    if (!link.lossy) to.write(chunk);
  });
  from.on("end", () => {
    if (!link.lossy) to.end();
  });
}
