/** What has happened, for people to read: a line an event, with its time and whose doing it was. */
export class History {
  readonly #now: () => number;
  readonly #events: (readonly [at: number, who: string, what: string])[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  add(who: string, what: string): void {
    this.#events.push([this.#now(), who, what]);
  }

  get lines(): string[] {
    return this.#events.map(([at, who, what]) => `${(at / 1000).toFixed(3).padStart(9)}  ${who.padEnd(10)} ${what}`);
  }
}
