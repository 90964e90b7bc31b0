import type { AuthorityRecord } from "@flotilla/registry";
import type { Clock } from "@flotilla/runtime";
import { isRotating } from "../certificates/trust.ts";
import { RENEWAL_CHECK_MS } from "../certificates/certificate-life.ts";

export interface AgentNudgerOptions {
  /** Returns the authority as this server knows it. */
  readonly known: () => AuthorityRecord | undefined;
  readonly link: {
    /** Returns the machines with a session. */
    machines(): readonly string[];
    /** Asks a machine to check its certificate. */
    nudge(machineID: string): void;
  };
  readonly clock: Clock;
}

/** The pause between two groups of nudges, and between two looks while nobody is to be nudged, milliseconds. */
const PAUSE_MS = 250;
const IDLE_MS = 5_000;

/** How long an agent may take before it is nudged again, milliseconds. */
const AGAIN_MS = 10_000;

/** Agents in a group that need a certificate: eight a second, because making one takes a process for 100 ms. */
const GROUP = 2;
/** Agents in a group that only have to forget an authority. */
const LARGE_GROUP = 50;

/**
 * Lets the connected agents check their certificates during a rotation of the authority, a few at a time, and again once
 * the former authority is not trusted any more. Without a rotation it has no timer.
 */
export class AgentNudger {
  readonly #options: AgentNudgerOptions;
  /** The agents that have shown what is wanted now. */
  readonly #current = new Set<string>();
  readonly #nudgedAt = new Map<string, number>();
  #pause = new AbortController();

  constructor(options: AgentNudgerOptions) {
    this.#options = options;
  }

  /** Call when the authority has changed. */
  changed(): void {
    this.#current.clear();
    this.#nudgedAt.clear();
    this.#pause.abort();
  }

  /** Call when an agent has shown what is wanted now. */
  note(machineID: string): void {
    if (this.#isUnderWay()) this.#current.add(machineID);
  }

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#pause = new AbortController();
      const either = AbortSignal.any([signal, this.#pause.signal]);
      if (this.#isUnderWay()) {
        const pauseMs = this.#nudgeSome() > 0 ? PAUSE_MS : IDLE_MS;
        await this.#options.clock.sleep(pauseMs, either).catch(() => {});
      } else {
        this.#current.clear();
        await aborted(either);
      }
    }
  }

  /** After the end of a rotation, agents that were away for a while may still trust the former authority. */
  #isUnderWay(): boolean {
    const { known, clock } = this.#options;
    const { previous } = known() ?? {};
    return previous !== undefined && clock.wall() < (previous.droppedAt ?? Infinity) + RENEWAL_CHECK_MS;
  }

  #nudgeSome(): number {
    const { known, link, clock } = this.#options;
    const now = clock.monotonic();
    const most = isRotating(known() ?? {}) ? GROUP : LARGE_GROUP;
    const isDue = (machineID: string): boolean =>
      !this.#current.has(machineID) && now - (this.#nudgedAt.get(machineID) ?? -Infinity) >= AGAIN_MS;
    const nudged = link.machines().filter(isDue).slice(0, most);
    for (const machineID of nudged) {
      this.#nudgedAt.set(machineID, now);
      link.nudge(machineID);
    }
    return nudged.length;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
