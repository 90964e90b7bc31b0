import type { Clock } from "@flotilla/runtime";
import { StreamSilence, type StreamSilenceOptions } from "./stream-silence.ts";

export interface ConnectionSilenceOptions {
  readonly clock: Clock;
  /** How long the streams may be silent before one of them must answer, milliseconds. */
  readonly quietMs: number;
  /** How long an answer may take, milliseconds. */
  readonly answerMs: number;
}

/** In how many rounds each silent stream must answer at least once. */
const ROUNDS = 10;

/**
 * Detects that a connection is dead although it looks open, by its streams, which may be quiet for hours. In each round,
 * the stream that has been silent for longest must answer, so that ten quiet streams cost no more than one. With more
 * streams, a tenth of them must answer, so that a single dead stream is found as well.
 */
export class ConnectionSilence {
  readonly #options: ConnectionSilenceOptions;
  /** Ordered by the last sign of life, the oldest first. */
  readonly #streams = new Set<StreamSilence>();
  #cancelRound: (() => void) | undefined;

  constructor(options: ConnectionSilenceOptions) {
    this.#options = options;
  }

  /** Begins with a new stream. Its opening must be answered in time. */
  watch(options: StreamSilenceOptions): StreamSilence {
    const { clock, answerMs } = this.#options;
    const stream = new StreamSilence(options);
    const cancelOpening = clock.after(answerMs, () => {
      this.#streams.add(stream);
      this.#cancelRound ??= this.#nextRound();
      stream.requireSign();
    });
    stream.onStop(() => {
      cancelOpening();
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      this.#cancelRound?.();
      this.#cancelRound = undefined;
    });
    return stream;
  }

  #nextRound(): () => void {
    const { clock, quietMs } = this.#options;
    return clock.after(quietMs, () => this.#ask());
  }

  #ask(): void {
    const { clock, answerMs } = this.#options;
    const share = Math.ceil(this.#streams.size / ROUNDS);
    const silent = [...this.#streams].filter((stream) => !this.#hadSign(stream)).slice(0, share);
    for (const stream of silent) this.#moveToEnd(stream);
    this.#cancelRound = silent.length === 0 ? this.#nextRound() : clock.after(answerMs, () => this.#judge(silent));
    for (const stream of silent) stream.ask();
  }

  #judge(asked: readonly StreamSilence[]): void {
    this.#cancelRound = this.#nextRound();
    for (const stream of asked) stream.requireSign();
  }

  #hadSign(stream: StreamSilence): boolean {
    const hadSign = stream.takeSign();
    if (hadSign) this.#moveToEnd(stream);
    return hadSign;
  }

  #moveToEnd(stream: StreamSilence): void {
    this.#streams.delete(stream);
    this.#streams.add(stream);
  }
}
