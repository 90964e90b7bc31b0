import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Caller, Demand, Verb } from "@flotilla/access";
import { type Clock, type Logger, peerAddress } from "@flotilla/runtime";
import { REVISION_HEADER } from "../../contract/v2/endpoints.ts";
import { RequestError, requestErrorFor } from "../request-error.ts";
import { type Authenticated, Authenticator, type AuthenticatorOptions } from "./authenticator.ts";
import { FailedLogins } from "./failed-logins.ts";
import type { Entrance } from "./entrance.ts";
import { RequestAccess } from "./request-access.ts";

/** The rights that a route needs: one of the verbs; none of them for a route that everybody may use. */
export interface RouteAccess {
  readonly needs: readonly Verb[];
  /** True for a route without authentication. */
  readonly isPublic?: boolean;
}

declare module "fastify" {
  interface FastifyContextConfig {
    readonly access?: RouteAccess;
  }
}

/** Who made a request, what it did, and the result. Told when the answer ends. */
export interface AccessRecord {
  /** Undefined for a request without a valid token or certificate. */
  readonly caller: Caller | undefined;
  /** The client's address; empty for a unix socket. */
  readonly from: string;
  /** The machine whose daemon forwarded the request; undefined if the client asked this daemon itself. */
  readonly via: string | undefined;
  /** The connection. */
  readonly socket: Socket;
  readonly method: string;
  /** The path without the query; of a request that created something, the path of that. */
  readonly path: string;
  /** What the request did, or tried to do. */
  readonly demands: readonly Demand[];
  readonly status: number;
  /** The store's revision of the result; undefined if there is none. */
  readonly revision: number | undefined;
  /** Why the request was refused for its caller; undefined if it was not. */
  readonly refusal: string | undefined;
  /** The ID of the error in the answer, or `client-gone` without a whole answer; undefined for a success. */
  readonly error: string | undefined;
}

/** Told each request that wrote, or that was refused for its caller. */
export type AccessObserver = (record: AccessRecord) => void;

export interface GuardOptions extends Omit<AuthenticatorOptions, "log" | "clock"> {
  readonly clock: Clock;
  readonly log: Logger;
  readonly onAccess?: AccessObserver | undefined;
}

/** The path of the metrics, which is all that the entrance `metrics` serves. */
export const METRICS_PATH = "/metrics";

/** The methods that change nothing (RFC 9110, section 9.2.1). */
const SAFE = ["GET", "HEAD", "OPTIONS", "TRACE"];

/** The rights of a request to a public route: none. */
const PUBLIC = new RequestAccess({ caller: { kind: "machine", machineID: "" } });

/** Admits requests by their callers, before their bodies are read. */
export class Guard {
  readonly #authenticator: Authenticator;
  readonly #failures: FailedLogins;
  readonly #onAccess: AccessObserver | undefined;
  readonly #entrances = new WeakMap<IncomingMessage, Entrance>();
  readonly #accesses = new WeakMap<IncomingMessage, RequestAccess>();
  readonly #refusals = new WeakMap<IncomingMessage, string>();
  readonly #errors = new WeakMap<IncomingMessage, string>();

  constructor(options: GuardOptions) {
    this.#authenticator = new Authenticator(options);
    this.#failures = new FailedLogins(options.log, options.clock);
    this.#onAccess = options.onAccess;
  }

  /** Must be called before the request is routed. */
  setEntrance(request: IncomingMessage, entrance: Entrance): void {
    this.#entrances.set(request, entrance);
  }

  /** What the request may do. */
  accessOf({ raw }: FastifyRequest): RequestAccess {
    const access = this.#accesses.get(raw);
    return access ?? PUBLIC;
  }

  /** Checks every request of the server. */
  guard(app: FastifyInstance): void {
    app.addHook("onRequest", async (request, reply) => {
      if (this.#onAccess) this.#tellAtEnd(request, reply, this.#onAccess);
      this.#admit(request, reply);
    });
    app.addHook("onError", async (request, _reply, error) => {
      const { code = "internal" } = requestErrorFor(error) ?? {};
      this.#errors.set(request.raw, code);
      if (code === "forbidden" || code === "unauthenticated") this.#refusals.set(request.raw, error.message);
    });
  }

  #admit(request: FastifyRequest, reply: FastifyReply): void {
    const { access: route } = request.routeOptions.config;
    if (!route && !request.is404)
      throw new Error(`route ${request.routeOptions.url} does not say which right it needs`);
    const entrance = this.#entrances.get(request.raw);
    if (!entrance) throw new Error("a request reached the API without its entrance");
    if (entrance.kind === "metrics" && request.routeOptions.url !== METRICS_PATH)
      throw new RequestError("route-not-found", `this address serves only GET ${METRICS_PATH} (metrics_listen)`);
    if (route?.isPublic) return;
    const access = new RequestAccess(this.#authenticate(request, entrance, reply));
    this.#accesses.set(request.raw, access);
    const { name } = (request.params ?? {}) as { readonly name?: string };
    if (route) access.requireSome(route.needs, name);
    const [only, ...others] = route?.needs ?? [];
    // A request of a machine is decided by the machines that it reaches, which its handler knows.
    if (only !== undefined && others.length === 0 && access.caller.kind !== "machine")
      access.require({ verb: only, ...(name !== undefined && { unit: name }) });
  }

  #authenticate({ raw }: FastifyRequest, entrance: Entrance, reply: FastifyReply): Authenticated {
    try {
      return this.#authenticator.authenticate(raw, entrance);
    } catch (error) {
      if (error instanceof RequestError && error.code === "unauthenticated") {
        this.#failures.note(peerAddress(raw.socket), error.message);
        reply.header("www-authenticate", "Bearer");
      }
      throw error;
    }
  }

  #tellAtEnd(request: FastifyRequest, reply: FastifyReply, tell: AccessObserver): void {
    const { raw, method } = request;
    const from = peerAddress(raw.socket);
    reply.raw.once("close", () => {
      const refusal = this.#refusals.get(raw);
      if (SAFE.includes(method) && refusal === undefined && !isPrivileged(request)) return;
      const access = this.#accesses.get(raw);
      const entrance = this.#entrances.get(raw);
      const revision = reply.raw.getHeader(REVISION_HEADER);
      const location = reply.raw.getHeader("location");
      tell({
        caller: access?.caller,
        from,
        via: entrance?.kind === "machine" ? entrance.machineID : undefined,
        socket: raw.socket,
        method,
        path: typeof location === "string" ? location : (request.url.split("?", 1)[0] ?? ""),
        demands: access?.demands ?? [],
        status: reply.raw.statusCode,
        revision: revision === undefined ? undefined : Number(revision),
        refusal,
        error: this.#errors.get(raw) ?? (reply.raw.writableFinished ? undefined : "client-gone"),
      });
    });
  }
}

/** A copy of the embedded store has the key of the cluster's authority, so who gets it is told. */
function isPrivileged({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.access?.needs.includes("store") ?? false;
}
