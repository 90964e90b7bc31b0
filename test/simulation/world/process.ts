import { type Clock, FlotillaError } from "@flotilla/runtime";
import { Standstill } from "./standstill.ts";
import type { Timeline } from "./timeline.ts";

/** What a dead process runs into: no error in the program. */
class KilledError extends FlotillaError {
  readonly code = "killed";
}

export type Role = "agent" | "engine" | "api";

/** A write that is on its way for so long, milliseconds, while its sender is struck down. */
export interface LastWrite {
  readonly ms: number;
  readonly strike: () => void;
}

/** What a process has of the machine that it runs on. */
export interface ProcessHost {
  readonly machineID: string;
  /** How fast its clocks run, against true time. */
  readonly clockRate: number;
}

/**
 * A part of a daemon as the operating system sees it: it runs, stands still, or is dead. All that it
 * has of the outside (store, systemd, files, time) passes through here; once it is dead nothing does.
 */
export class Process {
  /** As "m1/engine", with a number for each next life. */
  readonly name: string;
  readonly role: Role;
  readonly machineID: string;
  readonly clock: Clock;
  /** When it last stood still or had trouble with its connections: what it knows may be older than that. */
  troubledAt = Number.NEGATIVE_INFINITY;
  readonly #timeline: Timeline;
  readonly #onDeath: (() => void)[] = [];
  readonly #standstill = new Standstill();
  #alive = true;
  #crash: { steps: number; readonly strike: () => void } | undefined;
  #lastWrite: LastWrite | undefined;

  constructor(timeline: Timeline, name: string, role: Role, { machineID, clockRate }: ProcessHost) {
    this.name = name;
    this.role = role;
    this.machineID = machineID;
    this.#timeline = timeline;
    this.clock = timeline.clockOf(this, clockRate);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#standstill.isOn;
  }

  onDeath(what: () => void): void {
    this.#onDeath.push(what);
  }

  /** kill -9. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#standstill.forget();
    for (const what of this.#onDeath) what();
  }

  /** SIGSTOP. */
  freeze(): void {
    this.#standstill.begin();
  }

  /** SIGCONT. */
  thaw(): void {
    if (!this.frozen) return;
    this.noteTrouble();
    this.#standstill.end();
  }

  noteTrouble(): void {
    this.troubledAt = this.#timeline.now;
  }

  /** `strike` is called the given number of passages from now. */
  crashAfter(steps: number, strike: () => void): void {
    this.#crash = { steps, strike };
  }

  /** Its next write is its last. */
  crashWithWrite(last: LastWrite): void {
    this.#lastWrite = last;
  }

  /** For who carries a write: whether it is the last. */
  takeLastWrite(): LastWrite | undefined {
    const last = this.#lastWrite;
    this.#lastWrite = undefined;
    return last;
  }

  /** Takes back that it is to crash. */
  disarm(): void {
    this.#crash = undefined;
    this.#lastWrite = undefined;
  }

  /**
   * To be awaited on each way out and back in. Stays for ever when the process is dead, and for as long as it
   * stands still.
   */
  passage(): Promise<void> {
    this.#step();
    return new Promise((resolve) => this.wake(resolve));
  }

  /** For what cannot wait. @throws when the process dies at this very step, or is dead. */
  passNow(): void {
    this.#step();
    if (!this.#alive) throw new KilledError("killed");
  }

  wake(resume: () => void): void {
    if (this.#alive) this.#standstill.wake(resume);
  }

  #step(): void {
    if (!this.#alive || this.#crash === undefined) return;
    this.#crash.steps -= 1;
    if (this.#crash.steps > 0) return;
    const { strike } = this.#crash;
    this.#crash = undefined;
    strike();
  }
}
