import { parseToken, tokenHash } from "@flotilla/access";
import { isMachineID } from "@flotilla/model";
import type {
  AuthorityRecord,
  JoinTokenRecord,
  KnownMachine,
  MembershipRegistry,
  MemberRecord,
  StoredToken,
  TokenRegistry,
} from "@flotilla/registry";
import type { Audit, AuditRecord, Clock, Logger } from "@flotilla/runtime";
import { timingSafeEqual } from "node:crypto";
import type { CertificateMaker } from "../certificates/certificate-maker.ts";
import { AttemptLimit } from "./attempt-limit.ts";
import type { JoinAnswer, JoinRequest, StoreAccess } from "./join-messages.ts";
import { pinnableIn, trustedIn, withChain } from "../certificates/trust.ts";
import { keyHashOf, pinOf } from "./key-hash.ts";
import { pinsReplaced, replacedLine } from "./replaced-authority.ts";
import { JoinRefusedError } from "./refusal.ts";

export interface JoinServiceOptions {
  /** The server itself. */
  readonly machineID: string;
  /** Returns the cluster's authority. */
  readonly authority: (signal: AbortSignal) => Promise<AuthorityRecord>;
  readonly tokens: Pick<TokenRegistry, "read">;
  readonly memberships: Pick<MembershipRegistry, "read" | "admit">;
  readonly certificates: Pick<CertificateMaker, "sign">;
  /** Returns the addresses of servers, as HOST:PORT. */
  readonly servers: (signal: AbortSignal) => Promise<readonly string[]>;
  /** How further servers reach the store; undefined if they cannot, because it is embedded in this server. */
  readonly storeAccess: ((signal: AbortSignal) => Promise<StoreAccess>) | undefined;
  /** Returns a value that no earlier membership of any machine has. */
  readonly newGeneration: () => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: Audit;
}

type JoinToken = StoredToken<JoinTokenRecord>;

/** Hosts whose certificates are made at one time; each takes a process with 60 MB for 100 ms. */
export const JOINS_AT_ONCE = 4;

/** Each failed try means that another host has joined with the same token. */
const TRIES = 32;

/** Admits hosts to the cluster: checks the token, signs the host's key, and writes its membership. */
export class JoinService {
  readonly #options: JoinServiceOptions;
  readonly #attempts: AttemptLimit;
  #running = 0;

  constructor(options: JoinServiceOptions) {
    this.#options = options;
    this.#attempts = new AttemptLimit(options.clock);
  }

  /**
   * Returns the certificates of authorities by which a token may recognise the cluster, PEM, the present one first. After
   * a rotation whose former authority vouches for nobody, a line says which one that was.
   */
  async authority(signal: AbortSignal): Promise<string> {
    const cluster = await this.#options.authority(signal);
    const [first = "", ...others] = pinnableIn(cluster);
    const { previous } = cluster;
    if (!previous || others.length > 0) return [first, ...others].join("");
    return `${first}${first.endsWith("\n") ? "" : "\n"}${replacedLine(pinOf(previous.certificate), previous.replacedAt)}`;
  }

  /**
   * Admits a host. A request of a host that was admitted with the same token and the same key is answered again, because
   * the first answer may have been lost.
   * @param address where the request comes from, for the limit of failed attempts and the log.
   * @throws JoinRefusedError; the errors of the store; CertificateError; the signal's reason.
   */
  async join(request: JoinRequest, address: string, signal: AbortSignal): Promise<JoinAnswer> {
    if (this.#attempts.isExceeded(address))
      throw new JoinRefusedError(429, `too many failed attempts to join from ${address}; wait a minute`);
    if (this.#running >= JOINS_AT_ONCE)
      throw new JoinRefusedError(503, "too many hosts join at the same time; try again in some seconds");
    this.#running += 1;
    try {
      return await this.#join(request, address, signal);
    } catch (error) {
      if (error instanceof JoinRefusedError && error.status !== 503) this.#noteRefusal(request, address, error);
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  #noteRefusal(request: JoinRequest, address: string, { message }: JoinRefusedError): void {
    this.#attempts.noteFailure(address);
    const { machineID } = request;
    const named = isMachineID(machineID) ? { machine: machineID } : {};
    this.#options.log.warn("refused a host that wants to join", { address, ...named, reason: message });
    this.#record(request, address, { who: "unknown", result: "refused", reason: message });
  }

  #noteAdmission(request: JoinRequest, address: string, { id, record }: JoinToken, revision?: number): void {
    const { name } = record;
    if (revision !== undefined)
      this.#options.log.info("a machine has joined the cluster", { machine: request.machineID, token: name });
    this.#record(request, address, { who: "token", name, tokenID: id, revision, result: "done" });
  }

  #record({ machineID }: JoinRequest, from: string, rest: Omit<AuditRecord, "from" | "verb" | "object">): void {
    const object = isMachineID(machineID) ? `machines/${machineID}` : "machines";
    this.#options.audit.record({ ...rest, from, verb: "join", object });
  }

  async #join(request: JoinRequest, address: string, signal: AbortSignal): Promise<JoinAnswer> {
    const { memberships, authority, newGeneration, clock } = this.#options;
    const { machineID } = request;
    if (!isMachineID(machineID)) throw new JoinRefusedError(400, "the machine ID is not valid; see machine-id(5)");
    if (machineID === this.#options.machineID) throw new JoinRefusedError(409, ITSELF);
    const cluster = await authority(signal);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const token = await this.#tokenOf(request.token, cluster, signal);
      const known = await memberships.read(machineID, signal);
      const isServer = known.isServer && isSameHost(known, request);
      if (known.member && !isServer) {
        const answer = await this.#repeat(request, token, known.member, cluster, signal);
        this.#noteAdmission(request, address, token);
        return answer;
      }
      requireFree(known, request, token);
      const former = known.member === "unreadable" ? undefined : known.member;
      const isSameToken = former?.token === token.record.name;
      if (!isSameToken) this.#requireUsable(token);
      const generation = newGeneration();
      const signed = await this.#sign(request, generation, cluster, signal);
      // The host has taken its use of the token before, and its daemon has started as a server again.
      const isRepeated = isSameToken && former?.key === keyHashOf(signed);
      if (!isRepeated) this.#requireUsable(token);
      const record: MemberRecord = {
        generation,
        key: keyHashOf(signed),
        metadata: token.record.metadata,
        token: token.record.name,
        joinedAt: clock.wall(),
        server: token.record.server,
      };
      const { memberRevision } = known;
      const admission = { machineID, record, memberRevision, token: isRepeated ? undefined : token };
      const admitted = await memberships.admit(admission, signal);
      if (admitted === undefined) continue;
      this.#noteAdmission(request, address, token, admitted);
      return this.#answer(signed, cluster, token, signal);
    }
    throw new JoinRefusedError(503, "other hosts keep joining with the same token; try again");
  }

  /** @throws JoinRefusedError with the same words for an unknown token and a wrong secret. */
  async #tokenOf(text: string, cluster: AuthorityRecord, signal: AbortSignal): Promise<JoinToken> {
    const { tokens, clock } = this.#options;
    const parsed = parseToken(text);
    if (!parsed) throw new JoinRefusedError(400, "the token is not of the form fleet1.…; copy the whole token");
    if (!pinnableIn(cluster).some((authority) => parsed.pin === pinOf(authority)))
      throw new JoinRefusedError(403, pinProblem(parsed.pin, cluster));
    const token = await tokens.read(parsed.id, signal);
    if (!isHash(tokenHash(parsed.secret), token?.record.hash) || !token) throw unknownToken();
    const { id, modRevision, record } = token;
    if (record.kind !== "join")
      throw new JoinRefusedError(403, `the token ${record.name} is not a join token; ${ANOTHER}`);
    const { expiresAt } = record;
    if (expiresAt !== undefined && clock.wall() >= expiresAt) {
      const ended = new Date(expiresAt).toISOString();
      throw new JoinRefusedError(
        403,
        `the token ${record.name} expired at ${ended}, by this server's clock; ${ANOTHER}`,
      );
    }
    return { id, modRevision, record };
  }

  #requireUsable({ record: { name, usesLeft, server } }: JoinToken): void {
    if (usesLeft <= 0) throw new JoinRefusedError(403, `the token ${name} is used up; ${ANOTHER}`);
    if (server && !this.#options.storeAccess)
      throw new JoinRefusedError(
        409,
        "the cluster's store is embedded in one server, so there can be no other server; " +
          "move the cluster to etcd with fleetctl store migrate, or join the host with a token without --server",
      );
  }

  async #repeat(
    request: JoinRequest,
    token: JoinToken,
    member: MemberRecord | "unreadable",
    cluster: AuthorityRecord,
    signal: AbortSignal,
  ): Promise<JoinAnswer> {
    if (member !== "unreadable" && member.token === token.record.name) {
      const signed = await this.#sign(request, member.generation, cluster, signal);
      if (keyHashOf(signed) === member.key) return this.#answer(signed, cluster, token, signal);
    }
    throw new JoinRefusedError(
      409,
      `a machine with the ID ${request.machineID} is a member of the cluster with another key; ` +
        `to join this host in its place, run fleetctl machine remove ${request.machineID} first; ` +
        "if both hosts exist, give this one an ID of its own with systemd-machine-id-setup",
    );
  }

  async #sign(
    { machineID, request }: JoinRequest,
    generation: string,
    cluster: AuthorityRecord,
    signal: AbortSignal,
  ): Promise<string> {
    const { certificates, clock } = this.#options;
    const machine = { machineID, role: "agent", generation, names: [] } as const;
    const outcome = await certificates.sign(cluster, machine, request, clock.wall(), signal);
    if ("certificate" in outcome) return outcome.certificate;
    throw new JoinRefusedError(400, outcome.refused);
  }

  async #answer(
    certificate: string,
    cluster: AuthorityRecord,
    { record }: JoinToken,
    signal: AbortSignal,
  ): Promise<JoinAnswer> {
    const { servers, storeAccess } = this.#options;
    const store = record.server && storeAccess ? { store: await storeAccess(signal) } : {};
    const chain = { certificate: withChain(certificate, cluster), authorities: trustedIn(cluster) };
    return { ...chain, servers: await servers(signal), ...store };
  }
}

const ANOTHER = "make another with fleetctl token create --join";

/** Whichever servers become agents, one that was asked remains. */
const ITSELF =
  "this host is the server that was asked; name another server of the cluster. " +
  "The only server cannot become an agent: make another host a server first, with fleetctl token create --join --server";

function pinProblem(pin: string, { previous }: AuthorityRecord): string {
  if (!previous || pinOf(previous.certificate) !== pin) return "the token is of another cluster";
  return pinsReplaced(new Date(previous.replacedAt).toISOString());
}

function unknownToken(): JoinRefusedError {
  return new JoinRefusedError(403, `the token is unknown, for example revoked, or its secret is wrong; ${ANOTHER}`);
}

/** Compares in constant time, also without a token, so that the time does not tell which tokens exist. */
function isHash(given: string, stored = "0".repeat(64)): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(stored)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** A machine that is present without a membership is a server. Only the same host may become an agent in its place. */
function requireFree({ bootID }: KnownMachine, request: JoinRequest, { record }: JoinToken): void {
  if (bootID === undefined) return;
  if (isSameHost({ bootID }, request)) {
    if (!record.server) return;
    throw new JoinRefusedError(
      409,
      "this host is a server of the cluster already; a token without --server makes it an agent",
    );
  }
  throw new JoinRefusedError(
    409,
    `another host with the machine ID ${request.machineID} is in the cluster; ` +
      "give this host an ID of its own: rm /etc/machine-id && systemd-machine-id-setup",
  );
}

/** Whether the host that wants to join is the one that is present: nobody else knows its boot ID. */
function isSameHost({ bootID }: Pick<KnownMachine, "bootID">, request: JoinRequest): boolean {
  return bootID !== undefined && bootID !== "" && bootID === request.bootID;
}
