import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Caller, type Grant, parseToken, tokenHash } from "@flotilla/access";
import type { ApiTokenRecord, LiveToken, TokenRegistry } from "@flotilla/registry";
import { type Clock, logFailure, type Logger } from "@flotilla/runtime";
import { RequestError } from "../request-error.ts";
import { unavailableMessage } from "../unavailable.ts";
import { certificateCaller } from "./client-certificate.ts";
import type { Entrance } from "./entrance.ts";

/** The tokens in force; implemented by TokenMirror. */
export interface LiveTokens {
  /** False until the tokens have been read once. */
  readonly isKnown: boolean;
  find(id: string): LiveToken | undefined;
}

export interface AuthenticatorOptions {
  readonly tokens: LiveTokens;
  readonly registry: Pick<TokenRegistry, "noteUse">;
  readonly machineID: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A caller that has shown who it is. */
export interface Authenticated {
  readonly caller: Caller;
  /** Aborts when the caller's token ends; undefined for a caller without a token. */
  readonly ended?: AbortSignal;
}

/** How long this daemon does not note another use of a token, milliseconds. */
const NOTE_INTERVAL_MS = 3_600_000;

const REALM = "show a token (fleetctl --token, or the header Authorization: Bearer) or a client certificate";

/** Finds out who makes a request. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  /** When this daemon last noted the use of each token, by token. */
  readonly #noted = new WeakMap<LiveToken, number>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** @throws RequestError if the caller shows nothing, or something that is not valid. */
  authenticate(request: IncomingMessage, entrance: Entrance): Authenticated {
    if (entrance.kind === "socket") return { caller: { kind: "local" } };
    if (entrance.kind === "open" || entrance.kind === "metrics") return { caller: { kind: "open" } };
    const { authorization } = request.headers;
    if (authorization !== undefined) return this.#byToken(authorization);
    if (entrance.kind === "machine") return { caller: { kind: "machine", machineID: entrance.machineID } };
    const caller = certificateCaller(request.socket);
    if (!caller) throw new RequestError("unauthenticated", `the request shows no token and no certificate; ${REALM}`);
    return { caller };
  }

  #byToken(authorization: string): Authenticated {
    const text = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const parsed = text === undefined ? undefined : parseToken(text);
    if (!parsed)
      throw new RequestError(
        "unauthenticated",
        "cannot parse the header Authorization; send Bearer, a space and the token, which begins with fleet1.",
      );
    const { tokens } = this.#options;
    if (!tokens.isKnown)
      throw new RequestError("unavailable", unavailableMessage("this daemon has not read the tokens yet; try again"));
    const token = tokens.find(parsed.id);
    const { record } = token ?? {};
    if (!token || record?.kind !== "api" || !isSame(record.hash, tokenHash(parsed.secret)))
      throw new RequestError(
        "unauthenticated",
        `the token with the ID ${parsed.id} is unknown, was revoked or has expired; use another token`,
      );
    this.#noteUse(token);
    return { caller: { kind: "token", id: token.id, name: record.name, grant: grantOf(record) }, ended: token.ended };
  }

  #noteUse(token: LiveToken): void {
    const { registry, machineID, clock, log } = this.#options;
    const now = clock.monotonic();
    if (now - (this.#noted.get(token) ?? Number.NEGATIVE_INFINITY) < NOTE_INTERVAL_MS) return;
    this.#noted.set(token, now);
    registry
      .noteUse(token.id, machineID, clock.wall())
      .catch((error: unknown) =>
        logFailure(log, "cannot note the use of a token", error, { token: token.record.name }),
      );
  }
}

function isSame(stored: string, given: string): boolean {
  const [one, other] = [Buffer.from(stored), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

export function grantOf({ role, units, machineMetadata, admit, users }: ApiTokenRecord): Grant {
  return role === "deployer" ? { role, units, machineMetadata, admit, users } : { role };
}
