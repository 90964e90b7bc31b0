import type { Audit, Clock, Logger } from "@flotilla/runtime";

/** A request of another machine, or of a host that claims to be one, that this daemon refused. */
export interface MachineRefusal {
  /** The machine; undefined if no certificate proves one. */
  readonly machineID: string | undefined;
  /** The address that the request came from. */
  readonly from: string;
  readonly verb: string;
  readonly object: string;
  readonly reason: string;
}

export interface RefusalsOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Logger;
  readonly audit: Audit;
}

/** Refusals of one machine, or of one address without a certificate, that are recorded in a minute. */
export const MOST_RECORDED_REFUSALS = 10;

/** Machines and addresses whose refusals are counted. Refusals of further ones are not recorded until a minute ends. */
export const MOST_REFUSED_CALLERS = 1_000;

const MINUTE_MS = 60_000;

interface Minute {
  readonly begunAt: number;
  /** The first refusal. */
  readonly first: MachineRefusal;
  count: number;
}

/**
 * Records what other machines were refused, in the log and in the audit. A machine that is refused all the time, and
 * certificates with made-up names, do not fill them.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  /** By machine or address, in the order in which the minutes began. */
  readonly #minutes = new Map<string, Minute>();

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  note(refusal: MachineRefusal): void {
    this.#endMinutes();
    const minute = this.#minuteOf(refusal);
    if (!minute) return;
    minute.count += 1;
    if (minute.count <= MOST_RECORDED_REFUSALS) this.#record("refused a request of a machine", refusal);
  }

  #record(message: string, { machineID, from, verb, object, reason }: MachineRefusal): void {
    const { log, audit } = this.#options;
    const machine = machineID === undefined ? {} : { machine: machineID };
    log.warn(message, { ...machine, address: from, verb, object, reason });
    const who = machineID === undefined ? { who: "unknown" } : { who: "machine", name: machineID };
    audit.record({ ...who, from, verb, object, result: "refused", reason });
  }

  #minuteOf(refusal: MachineRefusal): Minute | undefined {
    const caller = refusal.machineID ?? refusal.from;
    const known = this.#minutes.get(caller);
    if (known || this.#minutes.size >= MOST_REFUSED_CALLERS) return known;
    const minute = { begunAt: this.#options.clock.monotonic(), first: refusal, count: 0 };
    this.#minutes.set(caller, minute);
    return minute;
  }

  #endMinutes(): void {
    const now = this.#options.clock.monotonic();
    for (const [caller, { begunAt, first, count }] of this.#minutes) {
      if (now - begunAt < MINUTE_MS) return;
      this.#minutes.delete(caller);
      const further = count - MOST_RECORDED_REFUSALS;
      if (further > 0)
        this.#record("refused further requests of a machine", {
          ...first,
          reason: `${further} further refusals within a minute; one of that minute: ${first.reason}`,
        });
    }
  }
}
