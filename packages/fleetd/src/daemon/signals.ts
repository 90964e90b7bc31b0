/** What a signal asks of the daemon. */
export type Request = "end" | "reload";

const meanings = { SIGTERM: "end", SIGINT: "end", SIGHUP: "reload" } as const satisfies Partial<
  Record<NodeJS.Signals, Request>
>;

/** The process's signals as requests to take one after the other; one that comes while another is served waits. */
export class DaemonSignals {
  readonly #requests: Request[] = [];
  #arrived = Promise.withResolvers<void>();

  constructor(process: { on(signal: string, listener: () => void): unknown }) {
    for (const [signal, request] of Object.entries(meanings)) {
      process.on(signal, () => {
        this.#requests.push(request);
        this.#arrived.resolve();
      });
    }
  }

  /** The next request; undefined once `signal` aborts. An end comes before any reload that was asked for earlier. */
  async next(signal: AbortSignal): Promise<Request | undefined> {
    const aborted = abortionOf(signal);
    while (this.#requests.length === 0 && !signal.aborted) await Promise.race([this.#arrival(), aborted]);
    return signal.aborted ? undefined : this.#take();
  }

  /** Resolves to true at a request to end, to false once `signal` aborts; takes reloads away until then. */
  async untilEnd(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const request = await this.next(signal);
      if (request !== "reload") return request === "end";
    }
  }

  #take(): Request {
    const isEnd = this.#requests.includes("end");
    this.#requests.length = 0;
    return isEnd ? "end" : "reload";
  }

  async #arrival(): Promise<void> {
    if (this.#requests.length > 0) return;
    this.#arrived = Promise.withResolvers<void>();
    await this.#arrived.promise;
  }
}

function abortionOf(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
