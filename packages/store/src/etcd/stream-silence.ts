export interface StreamSilenceOptions {
  /** Requests an answer from the server. */
  readonly ask: () => void;
  /** Called when no answer came: the stream is dead, whatever TCP reports. */
  readonly giveUp: () => void;
}

/** The signs of life of one stream. */
export class StreamSilence {
  readonly #options: StreamSilenceOptions;
  #hasSign = false;
  #isWaiting = true;
  #isOver = false;
  #onStop: () => void = () => {};

  constructor(options: StreamSilenceOptions) {
    this.#options = options;
  }

  /** Call when a message arrives. Until `waiting` is called, the reader is busy and silence means nothing. */
  heard(): void {
    this.#hasSign = true;
    this.#isWaiting = false;
  }

  /** Call when the reader waits for the server again. */
  waiting(): void {
    this.#isWaiting = true;
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onStop();
  }

  onStop(listener: () => void): void {
    this.#onStop = listener;
  }

  ask(): void {
    if (!this.#isOver) this.#options.ask();
  }

  /** Returns whether the stream lived since the last call. */
  takeSign(): boolean {
    const lived = this.#hasSign || !this.#isWaiting;
    this.#hasSign = false;
    return lived;
  }

  /** As `takeSign`; gives the stream up without a sign of life. */
  requireSign(): void {
    if (!this.#isOver && !this.takeSign()) this.#options.giveUp();
  }
}
