import { type Clock, FlotillaError } from "@flotilla/runtime";
import { Standstill } from "./standstill.ts";
import type { Timeline } from "./timeline.ts";

/** Ends the code of a killed process. It is not a programming error. */
class KilledError extends FlotillaError {
  readonly code = "killed";
}

export type Role = "agent" | "engine" | "api" | "gateway";

/** A write that arrives after `ms` milliseconds, and whose sender dies meanwhile. */
export interface LastWrite {
  readonly ms: number;
  readonly strike: () => void;
}

/** The machine of a process. */
export interface ProcessHost {
  readonly machineID: string;
  /** The rate of its clocks against true time. */
  readonly clockRate: number;
}

/**
 * A part of a daemon as the operating system sees it: running, frozen, or dead. Everything between it and the outside
 * (store, systemd, files, time) passes through here. Nothing passes to or from a dead process.
 */
export class Process {
  /** For example "m1/engine". A restarted process also has a number. */
  readonly name: string;
  readonly role: Role;
  readonly machineID: string;
  readonly clock: Clock;
  #troubledAt = Number.NEGATIVE_INFINITY;
  /** The process through which this one reaches the store. */
  #through: Process | undefined;
  readonly #timeline: Timeline;
  readonly #onDeath: (() => void)[] = [];
  readonly #standstill = new Standstill();
  #alive = true;
  #crash: { steps: number; readonly strike: () => void } | undefined;
  #lastWrite: LastWrite | undefined;
  #atWrite: (() => void) | undefined;

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

  /** The time of its last freeze or connection trouble. Its knowledge may be older than that. */
  get troubledAt(): number {
    return Math.max(this.#troubledAt, this.#through?.troubledAt ?? this.#troubledAt);
  }

  /** Makes the trouble of another process, through which this one reaches the store, its own. */
  relyOn(other: Process): void {
    this.#through = other;
  }

  onDeath(what: () => void): void {
    this.#onDeath.push(what);
  }

  /** Like kill -9. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#standstill.forget();
    for (const what of this.#onDeath) what();
  }

  /** Like SIGSTOP. */
  freeze(): void {
    this.#standstill.begin();
  }

  /** Like SIGCONT. */
  thaw(): void {
    if (!this.frozen) return;
    this.noteTrouble();
    this.#standstill.end();
  }

  noteTrouble(): void {
    this.#troubledAt = this.#timeline.now;
  }

  /** Plans a crash: calls `strike` at the given passage, counted from now. */
  crashAfter(steps: number, strike: () => void): void {
    this.#crash = { steps, strike };
  }

  /** Plans a crash after the process's next write. */
  crashWithWrite(last: LastWrite): void {
    this.#lastWrite = last;
  }

  /** Called for each write. Returns the last write if this write is to be the process's last. */
  takeLastWrite(): LastWrite | undefined {
    const last = this.#lastWrite;
    this.#lastWrite = undefined;
    return last;
  }

  /** Calls `strike` right before its next write is sent. */
  beforeWrite(strike: () => void): void {
    this.#atWrite = strike;
  }

  /** Called for each write before it is sent. */
  reachWrite(): void {
    const strike = this.#atWrite;
    this.#atWrite = undefined;
    strike?.();
  }

  /** Cancels planned crashes and freezes. */
  disarm(): void {
    this.#atWrite = undefined;
    this.#crash = undefined;
    this.#lastWrite = undefined;
  }

  /**
   * Awaited before and after each call to the outside. It never resolves in a dead process, and in a frozen one only
   * after `thaw`.
   */
  passage(): Promise<void> {
    this.#step();
    return new Promise((resolve) => this.wake(resolve));
  }

  /**
   * The passage of synchronous calls.
   * @throws when the process is dead, or dies at this passage.
   */
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
