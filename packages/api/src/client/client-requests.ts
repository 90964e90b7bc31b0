import { ACTION_LIMIT_MS, REVISION_HEADER, V2_BASE, v2Endpoints, type V2Operation } from "../contract/v2/endpoints.ts";
import type { AnswerOf } from "../contract/v2/routes.ts";
import { bodyOf, parsedAnswer } from "./answer-body.ts";
import { type Call, LONG, LONG_REPEATABLE, type Query } from "./call.ts";
import type { Listing } from "./client-types.ts";
import { Transport, type TransportOptions } from "./transport.ts";

export interface ClientOptions extends TransportOptions {
  /** Ends every call and stream of this client. */
  readonly signal?: AbortSignal;
}

/** How a client of API v2 sends requests and reads answers. */
export class ClientRequests {
  readonly #transport: Transport;
  readonly #silenceMs: number;
  readonly #signal: AbortSignal | undefined;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.#silenceMs = options.requestTimeoutMs;
    this.#signal = options.signal;
  }

  /** Closes the connections. */
  close(): void {
    this.#transport.close();
  }

  protected async all<K extends "listUnits" | "listStates" | "listMachines", T>(
    operation: K,
    read: (page: AnswerOf<K>) => { readonly items: readonly T[]; readonly nextPageToken?: string | undefined },
    filter: Query,
    signal?: AbortSignal,
  ): Promise<Listing<T>> {
    const items: T[] = [];
    let revision: number | undefined;
    let pageToken: string | undefined;
    do {
      const answer = await this.json(operation, { query: { ...filter, limit: 1000, pageToken } }, signal);
      const page = read(answer.value);
      for (const item of page.items) items.push(item);
      revision ??= answer.revision;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return { items, revision };
  }

  /** Trusts that the answer has the contract's form: client and daemon share the contract. */
  protected async json<K extends V2Operation>(operation: K, call: Call, signal?: AbortSignal) {
    const { text, revision } = await this.text(operation, call, signal);
    return { value: parsedAnswer(text) as AnswerOf<K>, revision };
  }

  protected async text(
    operation: V2Operation,
    call: Call,
    signal?: AbortSignal,
  ): Promise<{ text: string; revision: number }> {
    const answer = await this.#send(operation, call, false, signal);
    const text = await bodyOf(answer, { silenceMs: this.#silenceMs }, this.either(signal));
    return { text, revision: Number(answer.headers[REVISION_HEADER] ?? 0) };
  }

  /** Opens a stream. An error is read to its end and thrown. */
  protected async open(operation: V2Operation, call: Call, signal?: AbortSignal) {
    const answer = await this.#send(operation, call, true, signal);
    if (answer.statusCode !== 200) await bodyOf(answer, { silenceMs: this.#silenceMs }, this.either(signal));
    return answer;
  }

  #send(operation: V2Operation, { item = "", query = {}, body }: Call, streams: boolean, signal?: AbortSignal) {
    const { method, path } = v2Endpoints[operation];
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
    const target =
      V2_BASE +
      path.replace(/\{\w+\}/, () => encodeURIComponent(item)) +
      (search.size > 0 ? `?${search.toString()}` : "");
    const acts = LONG.includes(operation);
    const once = acts || operation === "createToken";
    const request = {
      method,
      path: target,
      streams,
      ...(body && { body: JSON.stringify(body) }),
      ...(once && { once }),
      ...((acts || LONG_REPEATABLE.includes(operation)) && { extraTimeMs: ACTION_LIMIT_MS }),
    };
    return this.#transport.request(request, this.either(signal));
  }

  protected either(signal: AbortSignal | undefined): AbortSignal | undefined {
    return signal && this.#signal ? AbortSignal.any([signal, this.#signal]) : (signal ?? this.#signal);
  }
}
