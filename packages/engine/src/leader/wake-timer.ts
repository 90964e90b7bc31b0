import type { Clock, Nudge } from "@flotilla/runtime";

/** The shortest timer, milliseconds: a timer must not fire twice before the clock advances. */
const LEAST_MS = 1;

/** Pokes a nudge at a time that can be changed. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #nudge: Nudge;
  #time: number | undefined;
  #end = new AbortController();

  constructor(clock: Clock, nudge: Nudge) {
    this.#clock = clock;
    this.#nudge = nudge;
  }

  /** @param time monotonic milliseconds; undefined for never. */
  set(time: number | undefined): void {
    if (time === this.#time) return;
    this.clear();
    this.#time = time;
    if (time === undefined) return;
    const ms = Math.max(LEAST_MS, time - this.#clock.monotonic());
    this.#clock.sleep(ms, this.#end.signal).then(
      () => {
        this.#time = undefined;
        this.#nudge.poke();
      },
      () => {},
    );
  }

  clear(): void {
    this.#time = undefined;
    this.#end.abort();
    this.#end = new AbortController();
  }
}
