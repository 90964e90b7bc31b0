import type { LinkSession } from "../port/link-call.ts";
import { LinkAnswerError, LinkCallEndedError } from "../port/link-error.ts";
import type { ServedCall } from "./serve-call.ts";
import type { SessionCall } from "./session-call.ts";

export interface SmallCallOptions {
  readonly session: LinkSession;
  readonly path: string;
  readonly body: string;
  readonly send: (status: number, body: string) => void;
}

/** A request without a stream of its own, as its handler sees it. It has its whole body, and no answer of lines. */
export class SmallCall implements ServedCall, SessionCall {
  readonly session: LinkSession;
  readonly path: string;
  readonly #body: string;
  readonly #send: SmallCallOptions["send"];
  #abort: AbortController | undefined;
  #ended: LinkCallEndedError | undefined;
  #answered: ServedCall["answered"] = "no";
  #isServed = false;

  constructor({ session, path, body, send }: SmallCallOptions) {
    this.session = session;
    this.path = path;
    this.#body = body;
    this.#send = send;
  }

  get machineID(): string {
    return this.session.machineID;
  }

  /** Created when asked for, because few handlers do. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#ended !== undefined) this.#abort.abort(this.#ended);
    }
    return this.#abort.signal;
  }

  get answered(): ServedCall["answered"] {
    return this.#answered;
  }

  get isSettled(): boolean {
    return this.#isServed;
  }

  async body(): Promise<string> {
    if (this.#ended !== undefined) throw this.#ended;
    return this.#body;
  }

  answer(status: number, body: string): void {
    if (this.#answered !== "no") throw new Error(`second answer to ${this.path}`);
    this.#answered = "whole";
    if (this.#ended === undefined) this.#send(status, body);
  }

  async line(): Promise<void> {
    if (this.#answered === "whole") throw new Error(`a line after the answer to ${this.path}`);
    if (this.#ended !== undefined) throw this.#ended;
    throw LinkAnswerError.because(400, `an answer of lines to ${this.path} needs a stream of its own`);
  }

  end(): void {
    throw LinkAnswerError.because(400, `an answer of lines to ${this.path} needs a stream of its own`);
  }

  breakOff(reason: string): void {
    this.cut(reason);
  }

  cut(reason: string): void {
    if (this.#ended !== undefined || this.#answered === "whole") return;
    this.#ended = new LinkCallEndedError(reason);
    this.#abort?.abort(this.#ended);
  }

  checkTime(): void {}

  /** Call when the handler has ended. */
  served(): void {
    this.#isServed = true;
  }
}
