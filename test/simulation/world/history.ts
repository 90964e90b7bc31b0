/** The history of a simulation as text: one line for each event, with its time and its actor. */
export class History {
  readonly #now: () => number;
  readonly #events: (readonly [at: number, who: string, what: string | (() => string)])[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Adds an event.
   * @param what may be a function, because the text is only needed if the seed fails.
   */
  add(who: string, what: string | (() => string)): void {
    this.#events.push([this.#now(), who, what]);
  }

  get lines(): string[] {
    return this.#events.map(([at, who, what]) => {
      const text = typeof what === "string" ? what : what();
      return `${(at / 1000).toFixed(3).padStart(9)}  ${who.padEnd(10)} ${text}`;
    });
  }
}
