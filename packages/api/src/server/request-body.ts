import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Turns } from "@flotilla/runtime";
import type { BodyBudget } from "./body-budget.ts";
import { parseJson } from "./json-text.ts";
import { RequestError } from "./request-error.ts";

/** What taking in a body costs the daemon, shared by all requests. */
export interface Intake {
  readonly bodies: BodyBudget;
  readonly turns: Turns;
}

/** @throws RequestError unless the request says, once, that its body is JSON; a charset and the like may follow. */
export function requireJsonType(request: FastifyRequest): void {
  const types = request.raw.headersDistinct["content-type"] ?? [];
  const [only] = types;
  if (types.length === 1 && only?.split(";", 1)[0]?.trim().toLowerCase() === "application/json") return;
  const said = only === undefined ? "no Content-Type" : `Content-Type ${types.join(", ")}`;
  throw new RequestError(
    "unsupported-media-type",
    `The body must be JSON, but the request has ${said}; send it with Content-Type: application/json.`,
  );
}

/**
 * Reads and parses a request's body; routes that take none never read one.
 * @param limit bytes.
 * @throws RequestError when it is no JSON or too large, when it breaks off, or when this daemon holds too many bodies.
 */
export async function jsonBody(reply: FastifyReply, limit: number, { bodies, turns }: Intake): Promise<unknown> {
  const { raw } = reply.request;
  requireUnencoded(raw);
  const body = new Body(limit, bodies);
  reply.raw.once("close", () => body.letGo());
  await body.readFrom(raw);
  const bytes = body.bytes();
  try {
    return await parseJson(bytes, turns);
  } finally {
    free(bytes);
  }
}

/**
 * Gives the memory of a body back at once: a daemon at rest collects no garbage, and would keep it for minutes. What is
 * small may be a part of Node's pool.
 */
function free(bytes: Buffer): void {
  if (bytes.length === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}

function requireUnencoded({ headers }: IncomingMessage): void {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding.toLowerCase() === "identity") return;
  throw new RequestError(
    "unsupported-media-type",
    `The body has Content-Encoding ${encoding}, which no route takes; send it as it is.`,
  );
}

/** One request's body, as far as it has come. */
class Body {
  readonly #limit: number;
  readonly #budget: BodyBudget;
  /** Where the length is known from the start: pages that are not written to yet take no memory. */
  #whole: Buffer | undefined;
  /** Where it is not. */
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(limit: number, budget: BodyBudget) {
    this.#limit = limit;
    this.#budget = budget;
  }

  /** All of it, once; for the caller to free. */
  bytes(): Buffer {
    const bytes = this.#whole ?? Buffer.concat(this.#chunks, this.#length);
    this.#whole = undefined;
    this.#freeChunks();
    return bytes;
  }

  /** Gives back what the body has taken of the budget, and of the memory. */
  letGo(): void {
    this.#budget.giveBack(this.#length);
    this.#length = 0;
    if (this.#whole) free(this.#whole);
    this.#whole = undefined;
    this.#freeChunks();
  }

  #add(chunk: Buffer): void {
    const { length } = chunk;
    this.#budget.take(length);
    if (!this.#whole) this.#chunks.push(chunk);
    else {
      chunk.copy(this.#whole, this.#length);
      free(chunk);
    }
    this.#length += length;
  }

  #freeChunks(): void {
    for (const chunk of this.#chunks.splice(0)) free(chunk);
  }

  /** What is left of a body that is refused is read and thrown away, so that the client comes to read the answer. */
  readFrom(raw: IncomingMessage): Promise<void> {
    const declared = Number(raw.headers["content-length"] ?? 0);
    return new Promise((resolve, reject) => {
      const settle = (refusal: RequestError | undefined): void => {
        raw.off("data", onData).off("end", onEnd).off("error", onBroken).off("close", onBroken);
        if (refusal) reject(refusal);
        else resolve();
        if (refusal) raw.on("data", free);
      };
      const onEnd = (): void => settle(undefined);
      const onBroken = (): void => settle(new RequestError("bad-request", "The request broke off within its body."));
      const onData = (chunk: Buffer): void => {
        const refusal = this.#refusalOf(chunk.length, this.#length + chunk.length);
        if (refusal) return settle(refusal);
        this.#add(chunk);
      };
      const early = this.#refusalOf(declared, declared);
      if (early) return settle(early);
      if (declared > 0) this.#whole = Buffer.allocUnsafeSlow(declared);
      if (raw.destroyed) return onBroken();
      raw.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken);
    });
  }

  #refusalOf(more: number, length: number): RequestError | undefined {
    if (length > this.#limit)
      return new RequestError(
        "body-too-large",
        `The body has more than the ${this.#limit} bytes that this route takes; send less at once.`,
      );
    if (more > this.#budget.left)
      return new RequestError(
        "busy",
        `This daemon holds as many bytes of requests' bodies as it may at one time, ${this.#budget.most}; try again in a moment.`,
      );
    return undefined;
  }
}
