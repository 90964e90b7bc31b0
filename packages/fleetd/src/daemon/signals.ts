import { Nudge } from "@flotilla/runtime";

/** A request to the daemon by a signal. */
export type Request = "end" | "reload";

const meanings = { SIGTERM: "end", SIGINT: "end", SIGHUP: "reload" } as const satisfies Partial<
  Record<NodeJS.Signals, Request>
>;

/** A queue of the process's signals. A signal that arrives during another request waits. */
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

  /** Returns the next request; undefined after `signal` aborts. An end precedes all earlier reloads. */
  async next(signal: AbortSignal): Promise<Request | undefined> {
    // The nudge throws when `signal` aborts, which the next line checks.
    while (this.#requests.length === 0 && !signal.aborted) await this.#arrived.wait(signal).catch(() => {});
    return signal.aborted ? undefined : this.#take();
  }

  /** Resolves to true at a request to end, to false when `signal` aborts. All requests remain for `next`. */
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
