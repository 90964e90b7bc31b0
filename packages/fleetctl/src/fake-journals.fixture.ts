import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import type { UnitInspector } from "@flotilla/api";

/**
 * A fake journald. Each unit has two entries, at even or odd seconds depending on the machine, and the entries that the
 * test adds.
 */
export class PlayedJournals {
  readonly #even: string;
  readonly #news = new EventEmitter().setMaxListeners(0);
  readonly #followed = new Set<string>();
  readonly #later: { readonly unit: string; readonly message: string }[] = [];

  /** @param even the machine whose units log at even seconds. */
  constructor(even: string) {
    this.#even = even;
  }

  readonly journal: UnitInspector["journal"] = async (machine, unit, { output, ...request }) => {
    if (output === "json") return Readable.from(this.#entries(machine, unit, request));
    const filters = (["since", "until", "priority", "grep", "boot"] as const).flatMap((name) =>
      request[name] === undefined ? [] : ` ${name}=${request[name]}`,
    );
    return Readable.from(this.#text(`${request.lines} lines of ${unit}${filters.join("")}\n`, request.follow));
  };

  async isFollowed(unit: string): Promise<void> {
    while (!this.#followed.has(unit)) await once(this.#news, "followed");
  }

  log(unit: string, message: string): void {
    this.#later.push({ unit, message });
    this.#news.emit("news");
  }

  async *#entries(
    machine: string,
    unit: string,
    request: { lines: number; follow: boolean; cursor?: string | undefined },
  ) {
    const first = machine === this.#even ? 0 : 1;
    const messages = () => [
      `${unit} at ${first}`,
      `${unit} at ${first + 2}`,
      ...this.#later.filter((later) => later.unit === unit).map(({ message }) => message),
    ];
    let at = Math.max(0, messages().length - request.lines);
    if (request.cursor !== undefined) at = Number(request.cursor.slice("i=".length)) + 1;
    for (;;) {
      for (; at < messages().length; at++) {
        yield `${JSON.stringify({
          __CURSOR: `i=${at}`,
          __REALTIME_TIMESTAMP: `${first + 2 * at}000000`,
          _HOSTNAME: "h",
          SYSLOG_IDENTIFIER: "sh",
          _PID: "7",
          MESSAGE: messages()[at],
        })}\n`;
      }
      if (!request.follow) return;
      if (unit.startsWith("unwatched")) throw new Error("journalctl does not follow");
      this.#followed.add(unit);
      this.#news.emit("followed");
      await once(this.#news, "news");
    }
  }

  async *#text(text: string, follow: boolean): AsyncGenerator<string> {
    yield text;
    if (follow) await new Promise(() => {});
  }
}
