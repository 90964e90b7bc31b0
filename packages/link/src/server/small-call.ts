import type { LinkSession } from "../port/link-call.ts";
import { LinkAnswerError } from "../port/link-error.ts";
import { CallEnd } from "./call-end.ts";
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
  readonly #end = new CallEnd();
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

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get answered(): ServedCall["answered"] {
    return this.#answered;
  }

  get isSettled(): boolean {
    return this.#isServed;
  }

  async body(): Promise<string> {
    if (this.#end.error !== undefined) throw this.#end.error;
    return this.#body;
  }

  answer(status: number, body: string): void {
    if (this.#answered !== "no") throw new Error(`second answer to ${this.path}`);
    this.#answered = "whole";
    if (this.#end.error === undefined) this.#send(status, body);
  }

  async line(): Promise<void> {
    if (this.#answered === "whole") throw new Error(`a line after the answer to ${this.path}`);
    if (this.#end.error !== undefined) throw this.#end.error;
    throw LinkAnswerError.because(400, `an answer of lines to ${this.path} needs a stream of its own`);
  }

  end(): void {
    throw LinkAnswerError.because(400, `an answer of lines to ${this.path} needs a stream of its own`);
  }

  breakOff(reason: string): void {
    this.cut(reason);
  }

  cut(reason: string): void {
    if (this.#end.error === undefined && this.#answered !== "whole") this.#end.become(reason);
  }

  checkTime(): void {}

  /** Call when the handler has ended. */
  served(): void {
    this.#isServed = true;
  }
}
