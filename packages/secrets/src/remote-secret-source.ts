import { type Link, LinkAnswerError, LinkUnavailableError } from "@flotilla/link";
import { decode } from "@flotilla/registry";
import { readAnswer, SECRETS_PATH } from "./read-protocol.ts";

/** The time for one secret, milliseconds, with the wait for a server. */
const LIMIT_MS = 10_000;

/** Where an agent gets secrets from: any server. */
export class RemoteSecretSource {
  readonly #link: Pick<Link, "request">;

  constructor(link: Pick<Link, "request">) {
    this.#link = link;
  }

  /**
   * Reads the secret for a unit that is assigned to this machine.
   * @throws LinkAnswerError with the server's reason; LinkUnavailableError if no server answers.
   */
  async fetch(
    unit: string,
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly number: number; readonly value: Buffer }> {
    const { status, body } = await this.#link.request(SECRETS_PATH, JSON.stringify({ unit, name }), {
      signal,
      limitMs: LIMIT_MS,
    });
    if (status !== 200) throw new LinkAnswerError(status, body);
    const answer = decode(readAnswer, body);
    if (!answer) throw new LinkUnavailableError(`the server's answer for secret ${name} is unreadable`);
    return { number: answer.number, value: Buffer.from(answer.value, "base64") };
  }
}
