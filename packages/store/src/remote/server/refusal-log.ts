import type { Clock, Logger } from "@flotilla/runtime";

export interface RefusalLogOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Logger;
  /** Refusals of one machine that are logged in a minute. */
  readonly most: number;
}

interface Minute {
  readonly begunAt: number;
  logged: number;
  suppressed: number;
}

const MINUTE_MS = 60_000;

/** Logs what machines were refused. A machine that is refused all the time does not fill the log. */
export class RefusalLog {
  readonly #options: RefusalLogOptions;
  /** In the order in which the minutes began. */
  readonly #minutes = new Map<string, Minute>();

  constructor(options: RefusalLogOptions) {
    this.#options = options;
  }

  note(machine: string, reason: string): void {
    const { log, most } = this.#options;
    const minute = this.#minuteOf(machine);
    if (minute.logged >= most) {
      minute.suppressed += 1;
      return;
    }
    minute.logged += 1;
    log.warn("refused a request of a machine to the store", { machine, reason });
  }

  #minuteOf(machine: string): Minute {
    this.#forgetEnded();
    const known = this.#minutes.get(machine);
    if (known !== undefined) return known;
    const minute = { begunAt: this.#options.clock.monotonic(), logged: 0, suppressed: 0 };
    this.#minutes.set(machine, minute);
    return minute;
  }

  #forgetEnded(): void {
    const now = this.#options.clock.monotonic();
    for (const [machine, { begunAt, suppressed }] of this.#minutes) {
      if (now - begunAt < MINUTE_MS) return;
      this.#minutes.delete(machine);
      if (suppressed > 0)
        this.#options.log.warn("refused further requests of a machine to the store", { machine, requests: suppressed });
    }
  }
}
