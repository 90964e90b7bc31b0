import type { ClusterEvent, EventKind, EventRecorder, MachineID, NewEvent } from "@flotilla/model";
import { Backoff, type Clock, type Logger, messageOf, Nudge, rethrowProgrammingError } from "@flotilla/runtime";
import { batchValue } from "./event-batch.ts";
import type { EventRegistry } from "./event-registry.ts";
import { Coalescer } from "./coalescer.ts";
import { EventQuota } from "./event-quota.ts";

/** How long events are gathered before they are written together, milliseconds: so much a crash may lose. */
const GATHER_MS = 1_000;

/** The size of a batch, characters. An event of a start has some 250. */
const BATCH_SIZE = 256 * 1_024;

/** The size of the events that wait for the store, characters. */
const MOST_WAITING = 2 * 1_024 * 1_024;

/** The most characters of a sentence. */
const LONGEST_SENTENCE = 2_000;

export interface EventWriterOptions {
  readonly registry: Pick<EventRegistry, "append">;
  readonly machineID: MachineID;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
}

/** A batch that is written, and tried again until the store has it. */
interface Batch {
  readonly number: number;
  readonly value: string;
}

/**
 * Writes this server's events: at most one batch a second, and nothing while nothing happens. Equal events are counted,
 * floods are cut off, and what the store does not take at once waits up to a limit.
 */
export class EventWriter implements EventRecorder {
  readonly #options: EventWriterOptions;
  readonly #coalescer = new Coalescer();
  readonly #quota = new EventQuota();
  readonly #nudge = new Nudge();
  /** Events as JSON. */
  #waiting: string[] = [];
  #waitingSize = 0;
  #lastNumber = 0;
  #unwritten: Batch | undefined;

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  record(event: NewEvent): void {
    const { clock } = this.#options;
    const isFirstRepetition = this.#coalescer.nextEnd === undefined;
    const now = { monotonic: clock.monotonic(), wall: clock.wall() };
    const events = this.#coalescer.add(event, now);
    for (const each of events) this.#enqueue(each, now.monotonic);
    if (events.length > 0 || isFirstRepetition) this.#nudge.poke();
  }

  /** Writes events until `signal` aborts, then what is left, if the store takes it at once. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      for (;;) {
        await this.#untilAny(signal);
        await clock.sleep(GATHER_MS, signal);
        this.#takeRepetitions(clock.monotonic());
        await this.#writeAll(signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await this.#writeLast();
  }

  /** Resolves when there is an event to write. */
  async #untilAny(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (this.#waiting.length === 0) {
      const { nextEnd } = this.#coalescer;
      if (nextEnd === undefined) await this.#nudge.wait(signal);
      else if (!(await this.#nudge.waitAtMost(Math.max(0, nextEnd - clock.monotonic()), clock, signal))) return;
    }
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options;
    const backoff = new Backoff({ first: 500, most: 10_000, random });
    while (this.#unwritten || this.#waiting.length > 0) {
      try {
        await this.#writeNext(signal);
        backoff.reset();
      } catch (error) {
        signal.throwIfAborted();
        rethrowProgrammingError(error);
        if (backoff.failures === 0) log.debug("events wait for the store", { error: messageOf(error) });
        await clock.sleep(backoff.next(), signal);
      }
      if (this.#waiting.length > 0) await clock.sleep(GATHER_MS, signal);
    }
  }

  async #writeNext(signal?: AbortSignal): Promise<void> {
    const { registry, machineID } = this.#options;
    const batch = (this.#unwritten ??= this.#nextBatch());
    if (!(await registry.append(machineID, batch.number, batch.value, signal))) {
      // Another process wrote under this machine's ID in the same millisecond.
      this.#unwritten = { number: this.#nextNumber(), value: batch.value };
      return;
    }
    this.#unwritten = undefined;
    this.#tellLeftOut();
  }

  #nextBatch(): Batch {
    const texts: string[] = [];
    let size = 0;
    for (const text of this.#waiting) {
      if (texts.length > 0 && size + text.length > BATCH_SIZE) break;
      texts.push(text);
      size += text.length;
    }
    this.#waiting = this.#waiting.slice(texts.length);
    this.#waitingSize -= size;
    return { number: this.#nextNumber(), value: batchValue(texts) };
  }

  /** Higher than that of every earlier batch of this process. */
  #nextNumber(): number {
    return (this.#lastNumber = Math.max(this.#lastNumber + 1, Math.floor(this.#options.clock.wall()), 1));
  }

  #takeRepetitions(until: number): void {
    for (const event of this.#coalescer.due(until)) this.#enqueue(event, this.#options.clock.monotonic());
  }

  #enqueue(event: ClusterEvent, now: number): void {
    const text = JSON.stringify({
      ...event,
      time: Math.floor(event.time),
      sentence: event.sentence.slice(0, LONGEST_SENTENCE),
    });
    // The kinds that a coalescer returns are those that it was given.
    const kind = event.kind as EventKind;
    if (this.#waitingSize + text.length > MOST_WAITING || !this.#quota.take(kind, now)) this.#quota.leaveOut(kind);
    else {
      this.#waiting.push(text);
      this.#waitingSize += text.length;
    }
  }

  #tellLeftOut(): void {
    const sentence = this.#quota.takeLeftOut();
    if (sentence === undefined) return;
    this.#options.log.warn("events were left out", { reason: sentence });
    this.record({ kind: "left-out", machine: this.#options.machineID, sentence });
  }

  async #writeLast(): Promise<void> {
    this.#takeRepetitions(Number.POSITIVE_INFINITY);
    try {
      while (this.#unwritten || this.#waiting.length > 0) await this.#writeNext();
    } catch (error) {
      rethrowProgrammingError(error);
      this.#options.log.info("the last events of this server could not be written", { error: messageOf(error) });
    }
  }
}
