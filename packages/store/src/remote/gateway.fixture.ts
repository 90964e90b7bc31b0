import type { Link, LinkRefusal } from "@flotilla/link";
import { type LinkHooks, MemoryLinkServer, openMemoryLink } from "@flotilla/link/memory";
import { type LogFields, type Logger, ManualClock, silentLogger } from "@flotilla/runtime";
import { MemoryStore } from "../memory/index.ts";
import { keyOfOp, type LeaseCalls, type Store } from "../port/index.ts";
import { openRemoteStore, type Rights, STORE_PATH, storeHandler, type StoreHandlerOptions } from "./index.ts";

/** The rights of a machine on `own/<machine>/`, and no others. */
export function ownRights(machineID: string): Rights {
  const own = `own/${machineID}/`;
  const refused = (key: string): string | undefined =>
    key.startsWith(own) ? undefined : `a machine may not use ${JSON.stringify(key)}`;
  return {
    range: ({ prefix }) => refused(prefix),
    watch: ({ prefix, witness }) => refused(prefix) ?? (witness && refused(witness.key)),
    txn: ({ compare = [], onSuccess }) =>
      [...compare.map(({ key }) => key), ...onSuccess.map(keyOfOp)].map(refused).find((each) => each !== undefined),
  };
}

export interface LoggedLine {
  readonly level: "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** Lets the watches of a server share. */
type Share = (store: Store, clock: ManualClock) => Store;

/** Two servers of one store in memory, on one clock that stands still until it is advanced. */
export class Gateway {
  readonly clock = new ManualClock();
  readonly memory = new MemoryStore({ clock: this.clock });
  readonly store: Store & LeaseCalls = this.memory.connect();
  readonly lines: LoggedLine[] = [];
  readonly refusals: LinkRefusal[] = [];
  readonly servers: readonly MemoryLinkServer[];

  constructor(options: Partial<StoreHandlerOptions> & { readonly share?: Share } = {}) {
    const log: Logger = {
      ...silentLogger,
      warn: (message, fields = {}) => this.lines.push({ level: "warn", message, fields }),
      error: (message, fields = {}) => this.lines.push({ level: "error", message, fields }),
    };
    const { clock } = this;
    let leases = 0;
    this.servers = ["a", "b"].map((name) => {
      const { share = (store: Store) => store, ...others } = options;
      const store = share(this.store, clock);
      const handler = storeHandler({
        ...{ store, leases: this.store, rightsOf: ownRights, clock },
        newLeaseID: () => String((leases += 1)),
        ...others,
      });
      const onRefused = (refusal: LinkRefusal): void => void this.refusals.push(refusal);
      return new MemoryLinkServer({ name, clock, log, onRefused, routes: new Map([[STORE_PATH, handler]]) });
    });
  }

  link(machineID: string, hooks: LinkHooks = {}): Link {
    return openMemoryLink({ machineID, servers: this.servers, clock: this.clock, hooks });
  }

  connect(machineID: string, hooks: LinkHooks = {}): Store {
    const { clock } = this;
    const common = { clock, random: () => 0.5, log: silentLogger };
    return openRemoteStore({ ...common, link: this.link(machineID, hooks), requestTimeoutMs: 5_000 });
  }

  /** Sends a request as it is written. Returns the status, and the reason of a refusal. */
  async raw(call: string, body: string): Promise<{ readonly status: number; readonly reason: string }> {
    const answer = await this.link("m1").request(STORE_PATH + call, body, { limitMs: 1_000 });
    const { reason = "" } = JSON.parse(answer.body) as { readonly reason?: string };
    return { status: answer.status, reason };
  }

  /** Ends the session of a machine with the server that it uses, as when a server crashes. */
  cut(machineID: string): void {
    for (const server of this.servers) server.cut(machineID, "cut");
  }

  close(): void {
    this.memory.close();
  }
}
