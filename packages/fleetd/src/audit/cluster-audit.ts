import {
  type AuditAnswer,
  type AuditQuery,
  type AuditReader,
  type LocalAudit,
  MachineUnreachableError,
  type PeerClient,
  type RecordedEntry,
} from "@flotilla/api";
import type { KnownServer } from "@flotilla/registry";
import { messageOf, rethrowProgrammingError } from "@flotilla/runtime";

/** How many servers are asked at one time. */
const AT_ONCE = 16;

export interface ClusterAuditOptions {
  readonly machineID: string;
  readonly local: LocalAudit;
  readonly servers: { list(signal: AbortSignal): Promise<readonly KnownServer[]> };
  /** Returns the client for other daemons; undefined until this daemon has its certificate. */
  readonly client: () => Pick<PeerClient, "audit"> | undefined;
}

interface Part {
  readonly machineID: string;
  readonly entries: readonly RecordedEntry[];
  /** Why the entries are missing. */
  readonly message?: string;
}

/** Reads the audits of all servers, each from the server's own journal. */
export class ClusterAudit implements AuditReader {
  readonly #options: ClusterAuditOptions;

  constructor(options: ClusterAuditOptions) {
    this.#options = options;
  }

  async read(query: AuditQuery, signal: AbortSignal): Promise<AuditAnswer> {
    const { machineID, servers } = this.#options;
    const others = (await servers.list(signal)).filter((server) => server.machineID !== machineID);
    const parts = await Promise.all([this.#readOwn(query, signal), ...this.#askAll(others, query, signal)]);
    const all = parts.flat();
    const entries = all.flatMap((part) => part.entries.map((entry) => ({ ...entry, server: part.machineID })));
    // Sorting is stable: entries of one server stay in their order.
    entries.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    const missing = all.flatMap(({ machineID: id, message }) =>
      message === undefined ? [] : [{ machineID: id, message }],
    );
    return { entries: entries.slice(-query.limit), missing };
  }

  async #readOwn(query: AuditQuery, signal: AbortSignal): Promise<readonly Part[]> {
    const { machineID, local } = this.#options;
    return [await partOf(machineID, () => local.read(query, signal), signal)];
  }

  /** Each queue asks one server after the other. */
  #askAll(servers: readonly KnownServer[], query: AuditQuery, signal: AbortSignal): Promise<readonly Part[]>[] {
    const queue = servers.values();
    const work = async (): Promise<readonly Part[]> => {
      const parts: Part[] = [];
      for (const server of queue)
        parts.push(await partOf(server.machineID, () => this.#ask(server, query, signal), signal));
      return parts;
    };
    return Array.from({ length: Math.min(AT_ONCE, servers.length) }, work);
  }

  async #ask(
    { machineID, host, peerPort }: KnownServer,
    query: AuditQuery,
    signal: AbortSignal,
  ): Promise<readonly RecordedEntry[]> {
    const client = this.#options.client();
    if (!client) throw new MachineUnreachableError("this daemon has not joined the cluster yet; try again");
    return client.audit({ machineID, host, port: peerPort }, query, signal);
  }
}

async function partOf(
  machineID: string,
  read: () => Promise<readonly RecordedEntry[]>,
  signal: AbortSignal,
): Promise<Part> {
  try {
    return { machineID, entries: await read() };
  } catch (error) {
    signal.throwIfAborted();
    rethrowProgrammingError(error);
    return { machineID, entries: [], message: messageOf(error) };
  }
}
