import { Nudge } from "@flotilla/runtime";

/** What a signal asks of the daemon. */
export type Request = "end" | "reload";

const meanings = { SIGTERM: "end", SIGINT: "end", SIGHUP: "reload" } as const satisfies Partial<
  Record<NodeJS.Signals, Request>
>;

/** The process's signals as requests to take one after the other; one that comes while another is served waits. */
export class DaemonSignals {
  readonly #requests: Request[] = [];
  readonly #arrived = new Nudge();

  constructor(process: { on(signal: string, listener: () => void): unknown }) {
    for (const [signal, request] of Object.entries(meanings)) {
      process.on(signal, () => {
        this.#requests.push(request);
        this.#arrived.poke();
      });
    }
  }

  /** The next request; undefined once `signal` aborts. An end comes before any reload that was asked for earlier. */
  async next(signal: AbortSignal): Promise<Request | undefined> {
    // The nudge throws when `signal` aborts, of which is told below.
    while (this.#requests.length === 0 && !signal.aborted) await this.#arrived.wait(signal).catch(() => {});
    return signal.aborted ? undefined : this.#take();
  }

  /** Resolves to true when an end is asked for, to false once `signal` aborts. All requests are left to `next`. */
  async untilEnd(signal: AbortSignal): Promise<boolean> {
    while (!this.#requests.includes("end") && !signal.aborted) await this.#arrived.wait(signal).catch(() => {});
    return this.#requests.includes("end");
  }

  #take(): Request {
    const isEnd = this.#requests.includes("end");
    this.#requests.length = 0;
    return isEnd ? "end" : "reload";
  }
}
