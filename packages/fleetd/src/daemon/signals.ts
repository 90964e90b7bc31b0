/** What a signal asks of the daemon. */
export type Request = "end" | "reload";

const meanings = { SIGTERM: "end", SIGINT: "end", SIGHUP: "reload" } as const satisfies Partial<
  Record<NodeJS.Signals, Request>
>;

/** The process's signals as requests to take one after the other; one that comes while another is served waits. */
export class DaemonSignals {
  readonly #requests: Request[] = [];
  #waiting = Promise.withResolvers<void>();

  constructor(process: Pick<NodeJS.Process, "on">) {
    for (const [signal, request] of Object.entries(meanings)) {
      process.on(signal as NodeJS.Signals, () => {
        this.#requests.push(request);
        this.#waiting.resolve();
      });
    }
  }

  /** The next request. An end comes before any reload that was asked for earlier. */
  async next(): Promise<Request> {
    while (this.#requests.length === 0) {
      this.#waiting = Promise.withResolvers<void>();
      await this.#waiting.promise;
    }
    const end = this.#requests.includes("end");
    this.#requests.length = 0;
    return end ? "end" : "reload";
  }
}
