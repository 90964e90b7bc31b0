import { FlotillaError, type Clock, type Logger } from "@flotilla/runtime";
import { keyOf, Mirror, type Store, type WatchEvent } from "@flotilla/store";
import { keys, parseKey } from "./keys.ts";
import { decode, type TokenRecord, tokenRecord } from "./records.ts";
import { MALFORMED, UNREADABLE, UnreadableKeys } from "./unreadable-keys.ts";

/** A token that is in force. */
export interface LiveToken {
  readonly id: string;
  readonly record: TokenRecord;
  /** Aborts with a TokenEndedError when the token is revoked, changed or expires. */
  readonly ended: AbortSignal;
}

/** The end of a token during a request. */
export class TokenEndedError extends FlotillaError {
  readonly code = "token-ended";
}

export interface TokenMirrorOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** In [0, 1); for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
}

interface Held {
  readonly token: LiveToken;
  end(reason: string): void;
}

/**
 * A live copy of all tokens, by which a server accepts them. A revoked token ends as soon as the store's event arrives.
 * During an outage of the store it shows the last known tokens.
 */
export class TokenMirror {
  readonly #mirror: Mirror;
  readonly #clock: Clock;
  readonly #garbage: UnreadableKeys;
  readonly #tokens = new Map<string, Held>();

  constructor(options: TokenMirrorOptions) {
    this.#clock = options.clock;
    this.#garbage = new UnreadableKeys(options.log);
    this.#mirror = new Mirror({ ...options, prefix: keys.tokens, witness: keys.identity });
    this.#mirror.onChange(({ events }) => events.forEach((event) => this.#take(event)));
  }

  /** False until the tokens have been read once. */
  get isKnown(): boolean {
    return this.#mirror.synced;
  }

  /** Returns the token; undefined if it does not exist or has expired. */
  find(id: string): LiveToken | undefined {
    const held = this.#tokens.get(id);
    if (held && isExpired(held.token.record, this.#clock.wall())) {
      held.end(EXPIRED);
      return undefined;
    }
    return held?.token;
  }

  /** Resolves once the copy shows every write that any client had made before this call; see Mirror.fresh. */
  fresh(signal: AbortSignal): Promise<void> {
    return this.#mirror.fresh(signal);
  }

  /** Keeps the copy current until `signal` aborts; see Mirror.run. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#mirror.run(signal);
    } finally {
      for (const held of [...this.#tokens.values()]) held.end("the server stops");
    }
  }

  #take(event: WatchEvent): void {
    const key = keyOf(event);
    const parsed = parseKey(key);
    if (parsed?.kind !== "token") {
      if (event.type === "put") this.#garbage.note(key, MALFORMED);
      else this.#garbage.clear(key);
      return;
    }
    const { id } = parsed;
    this.#tokens.get(id)?.end(event.type === "put" ? "the token was changed" : "the token was revoked");
    const record = event.type === "put" ? decode(tokenRecord, event.entry.value) : undefined;
    if (record) this.#hold(id, record);
    if (event.type === "put" && !record) this.#garbage.note(key, UNREADABLE);
    else this.#garbage.clear(key);
  }

  #hold(id: string, record: TokenRecord): void {
    const ended = new AbortController();
    const left = record.expiresAt === undefined ? undefined : record.expiresAt - this.#clock.wall();
    const end = (reason: string): void => {
      cancel?.();
      this.#tokens.delete(id);
      ended.abort(new TokenEndedError(`${reason}; use another token`));
    };
    const cancel = left === undefined ? undefined : this.#clock.after(Math.max(left, 0), () => end(EXPIRED));
    this.#tokens.set(id, { token: { id, record, ended: ended.signal }, end });
  }
}

const EXPIRED = "the token has expired";

function isExpired({ expiresAt }: TokenRecord, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt;
}
