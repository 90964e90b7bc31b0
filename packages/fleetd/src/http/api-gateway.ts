import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/**
 * The door that stays while what is behind it is exchanged: the listeners outlive a reload of the
 * configuration, and a request that arrives during one waits for the new API.
 */
export class ApiGateway {
  #handler = Promise.withResolvers<RequestListener>();
  #isOpen = false;

  readonly listener: RequestListener = (request, response) => void this.#handle(request, response);

  open(handler: RequestListener): void {
    this.hold();
    this.#isOpen = true;
    this.#handler.resolve(handler);
  }

  /** Requests wait from now on, until `open` is called again. */
  hold(): void {
    // Requests that wait already wait for this same opening.
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#handler = Promise.withResolvers<RequestListener>();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const handler = await this.#handler.promise;
    handler(request, response);
  }
}
