import {
  type Caller,
  type Demand,
  describeMissing,
  missingForFile,
  missingOutright,
  missingRight,
  type MissingRight,
  type SubmittedFile,
  type Verb,
} from "@flotilla/access";
import { RequestError } from "../request-error.ts";
import type { Authenticated } from "./authenticator.ts";

/** What one request may do, and what it did. */
export class RequestAccess {
  readonly caller: Caller;
  /** Aborts when the caller's token ends. */
  readonly ended: AbortSignal | undefined;
  readonly #demands: Demand[] = [];

  constructor({ caller, ended }: Authenticated) {
    this.caller = caller;
    this.ended = ended;
  }

  /** The demands of the request, in the order of their checks, granted or not. */
  get demands(): readonly Demand[] {
    return this.#demands;
  }

  /** @throws RequestError if the caller may do none of this, whatever the rest of the request says. */
  requireSome(verbs: readonly Verb[], unit: string | undefined): void {
    const missing = verbs.map((verb) => ({ verb, right: missingOutright(this.caller, { verb, unit }) }));
    const [first] = missing;
    if (!first?.right || missing.some(({ right }) => right === undefined)) return;
    this.#demands.push({ verb: first.verb, unit });
    throw forbidden(first.right);
  }

  /** @throws RequestError if the caller may not do this. */
  require(demand: Demand): void {
    if (!this.#demands.some(({ verb, unit }) => verb === demand.verb && unit === demand.unit))
      this.#demands.push(demand);
    const missing = missingRight(this.caller, demand);
    if (missing) throw forbidden(missing);
  }

  /** @throws RequestError if the caller may not submit a unit with this file. */
  requireFile(file: SubmittedFile): void {
    const missing = missingForFile(this.caller, file);
    if (missing) throw forbidden(missing);
  }
}

function forbidden(missing: MissingRight): RequestError {
  return new RequestError("forbidden", describeMissing(missing));
}
