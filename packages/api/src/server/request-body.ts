import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { PART_BYTES, type Turns } from "@flotilla/runtime";
import type { BodyBudget } from "./body-budget.ts";
import { parseJson } from "./json-text.ts";
import { RequestError } from "./request-error.ts";

/** The budget and the turns for reading bodies, shared by all requests. */
export interface Intake {
  readonly bodies: BodyBudget;
  readonly turns: Turns;
}

/** @throws RequestError unless the request has exactly one Content-Type, application/json with any parameters. */
export function requireJsonType(request: FastifyRequest): void {
  const types = request.raw.headersDistinct["content-type"] ?? [];
  const [only] = types;
  if (types.length === 1 && only?.split(";", 1)[0]?.trim().toLowerCase() === "application/json") return;
  const given = only === undefined ? "has no Content-Type" : `has Content-Type ${types.join(", ")}`;
  throw new RequestError(
    "unsupported-media-type",
    `the request ${given}, but the body must be JSON; send Content-Type: application/json`,
  );
}

/**
 * Reads and parses a request's body.
 * @param limit the most bytes of the body.
 * @throws RequestError if the body is not JSON, too large or incomplete, or if this daemon holds too many bodies.
 */
export async function jsonBody(reply: FastifyReply, limit: number, { bodies, turns }: Intake): Promise<unknown> {
  const { raw } = reply.request;
  requireUnencoded(raw);
  const body = new Body(limit, bodies);
  reply.raw.once("close", () => body.release());
  await body.readFrom(raw);
  const bytes = body.bytes();
  try {
    return await parseJson(bytes, turns);
  } finally {
    free(bytes);
  }
}

/**
 * Frees the memory of a body at once: an idle daemon collects no garbage for minutes. A small buffer may share Node's
 * pool, and is not freed.
 */
function free(bytes: Buffer): void {
  if (bytes.length === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
}

function requireUnencoded({ headers }: IncomingMessage): void {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding.toLowerCase() === "identity") return;
  throw new RequestError(
    "unsupported-media-type",
    `cannot decode Content-Encoding ${encoding}; send the body uncompressed`,
  );
}

/** The received part of a request's body. */
class Body {
  readonly #limit: number;
  readonly #budget: BodyBudget;
  /** The buffer for a body with a declared length; unwritten pages take no memory. */
  #whole: Buffer | undefined;
  /** The parts of a body without a declared length. */
  readonly #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes of the budget. */
  #held = 0;

  constructor(limit: number, budget: BodyBudget) {
    this.#limit = limit;
    this.#budget = budget;
  }

  /** Returns all bytes, once. The caller must free the bytes. */
  bytes(): Buffer {
    const bytes = this.#whole ?? Buffer.concat(this.#chunks, this.#length);
    this.#whole = undefined;
    this.#freeChunks();
    return bytes;
  }

  /** Returns the body's bytes to the budget, and frees its memory. */
  release(): void {
    this.#budget.giveBack(this.#held);
    this.#held = 0;
    this.#length = 0;
    if (this.#whole) free(this.#whole);
    this.#whole = undefined;
    this.#freeChunks();
  }

  #add(chunk: Buffer): void {
    const { length } = chunk;
    const cost = this.#costOf(length);
    if (this.#budget.take(cost)) this.#held += cost;
    if (!this.#whole) this.#chunks.push(chunk);
    else {
      chunk.copy(this.#whole, this.#length);
      free(chunk);
    }
    this.#length += length;
  }

  #costOf(bytes: number): number {
    return this.#whole ? bytes : bytes + PART_BYTES;
  }

  #freeChunks(): void {
    for (const chunk of this.#chunks.splice(0)) free(chunk);
  }

  /** Reads the body. The rest of a refused body is read and dropped, so that the client reads the answer. */
  readFrom(raw: IncomingMessage): Promise<void> {
    const declared = Number(raw.headers["content-length"] ?? 0);
    return new Promise((resolve, reject) => {
      const finish = (refusal: RequestError | undefined): void => {
        raw.off("data", onData).off("end", onEnd).off("error", onBroken).off("close", onBroken);
        if (refusal) reject(refusal);
        else resolve();
        if (refusal) raw.on("data", free);
      };
      const onEnd = (): void => finish(undefined);
      const onBroken = (): void =>
        finish(new RequestError("bad-request", "the request ended within its body; send it again"));
      const onData = (chunk: Buffer): void => {
        const refusal = this.#refusalOf(this.#costOf(chunk.length), this.#length + chunk.length);
        if (refusal) return finish(refusal);
        this.#add(chunk);
      };
      const early = this.#refusalOf(declared, declared);
      if (early) return finish(early);
      if (declared > 0) this.#whole = Buffer.allocUnsafeSlow(declared);
      if (raw.destroyed) return onBroken();
      raw.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken);
    });
  }

  #refusalOf(more: number, length: number): RequestError | undefined {
    if (length > this.#limit)
      return new RequestError(
        "body-too-large",
        `the body exceeds ${this.#limit} bytes, the maximum of this route; split the request`,
      );
    if (more > this.#budget.left)
      return new RequestError(
        "busy",
        `this daemon holds ${this.#budget.most} bytes of request bodies, the maximum; try again in a moment`,
      );
    return undefined;
  }
}
