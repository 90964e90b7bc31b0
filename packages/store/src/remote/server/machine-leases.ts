import type { Clock } from "@flotilla/runtime";
import type { LinkSession } from "@flotilla/link";
import type { LeaseCalls, LeaseId } from "../../port/index.ts";
import { refusal } from "./refusal.ts";
import type { Rights } from "./rights.ts";

export interface MachineLeasesOptions {
  readonly leases: Pick<LeaseCalls, "readLease">;
  readonly clock: Pick<Clock, "monotonic">;
  /** Leases of one machine at one time. */
  readonly most: number;
}

interface Granted {
  /** When the lease ends at the latest, if it is not renewed. */
  readonly endsAt: number;
  /** The TTL that was asked for, if the store has not answered: perhaps it has granted the lease. */
  readonly unansweredTtlMs?: number;
}

/** Which leases are whose. */
export class MachineLeases {
  readonly #options: MachineLeasesOptions;
  /** The leases that a session has been found to own. */
  readonly #owned = new WeakMap<LinkSession, Set<LeaseId>>();
  /** The leases that this server has granted, by machine. */
  readonly #granted = new Map<string, Map<LeaseId, Granted>>();

  constructor(options: MachineLeasesOptions) {
    this.#options = options;
  }

  /**
   * Returns the ID of a lease that is about to be granted to a session. An ID of this machine that the store has not
   * answered is used again: nobody has the lease, and an outage of the store does not use up the machine's leases.
   * @throws LinkAnswerError when the machine has as many leases as it may have.
   */
  begin(session: LinkSession, ttlMs: number, newID: () => LeaseId): LeaseId {
    const { clock, most } = this.#options;
    const granted = this.#granted.get(session.machineID) ?? new Map<LeaseId, Granted>();
    for (const [each, { endsAt }] of granted) if (endsAt <= clock.monotonic()) granted.delete(each);
    const [unanswered] = [...granted].find(([, { unansweredTtlMs }]) => unansweredTtlMs === ttlMs) ?? [];
    if (unanswered === undefined && granted.size >= most) {
      const reason = `the machine has ${granted.size} leases, the maximum; revoke one, or wait until one ends`;
      throw refusal("too-many", reason);
    }
    const id = unanswered ?? newID();
    this.renewed(session, id, ttlMs);
    this.#own(session, id);
    return id;
  }

  /** Notes that the store has not answered the grant of a lease. */
  unanswered({ machineID }: LinkSession, id: LeaseId, ttlMs: number): void {
    this.#note(machineID, id, { endsAt: this.#options.clock.monotonic() + ttlMs, unansweredTtlMs: ttlMs });
  }

  /** Notes that a lease of a session lasts for a TTL from now on. */
  renewed({ machineID }: LinkSession, id: LeaseId, ttlMs: number): void {
    this.#note(machineID, id, { endsAt: this.#options.clock.monotonic() + ttlMs });
  }

  /** Notes that a lease has ended. */
  ended(session: LinkSession, id: LeaseId): void {
    this.#owned.get(session)?.delete(id);
    const granted = this.#granted.get(session.machineID);
    granted?.delete(id);
    if (granted?.size === 0) this.#granted.delete(session.machineID);
  }

  /**
   * Whether the store knows a lease that the session may use: one that was granted in the session, or whose keys are all
   * keys that the machine may write. IDs are random, so a machine cannot know a lease of another one that has no keys.
   * @throws LinkAnswerError if the lease is not the machine's.
   */
  async has(session: LinkSession, rights: Rights, id: LeaseId, signal: AbortSignal): Promise<boolean> {
    if (this.#owned.get(session)?.has(id)) return true;
    const reading = await this.#options.leases.readLease(id, signal);
    if (reading === undefined) return false;
    const foreign = reading.keys.some(
      (put) => rights.txn({ onSuccess: [{ put, value: "", lease: id }] }) !== undefined,
    );
    // mutation: right to a lease
    if (foreign) throw refusal("forbidden", `a machine may not use lease ${id}, which is not its own`);
    this.#own(session, id);
    return true;
  }

  #note(machineID: string, id: LeaseId, lease: Granted): void {
    const granted = this.#granted.get(machineID) ?? new Map<LeaseId, Granted>();
    this.#granted.set(machineID, granted.set(id, lease));
  }

  #own(session: LinkSession, id: LeaseId): void {
    this.#owned.set(session, (this.#owned.get(session) ?? new Set()).add(id));
  }
}
