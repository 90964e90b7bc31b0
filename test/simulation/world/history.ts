/** The events of a simulation for people to read: a line an event, with its time and its actor. */
export class History {
  readonly #now: () => number;
  readonly #events: (readonly [at: number, who: string, what: string | (() => string)])[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param what may be a function: the text of a seed that holds is never read. */
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
