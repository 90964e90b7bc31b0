import { messageOf } from "@flotilla/runtime";
import { LinkRefusedError, LinkUnavailableError } from "../port/link-error.ts";

/** Why each server failed in one round over all servers. */
export class FailedRound {
  readonly #reasons = new Map<string, string>();
  #refusal: LinkRefusedError | undefined;
  #attempts = 0;

  add(server: string, error: Error): void {
    this.#attempts += 1;
    const isRefusal = error instanceof LinkRefusedError;
    if (isRefusal && this.#refusal?.refusal === undefined) this.#refusal = error;
    this.#reasons.set(server, isRefusal ? error.reason : messageOf(error));
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** The refusal of a server, rather one with a code, if there was one; otherwise all reasons. */
  toError(): LinkRefusedError | LinkUnavailableError {
    const reasons = [...this.#reasons].map(([server, reason]) => `${server}: ${reason}`).join("; ");
    return this.#refusal ?? new LinkUnavailableError(`no server answers: ${reasons}`);
  }
}
