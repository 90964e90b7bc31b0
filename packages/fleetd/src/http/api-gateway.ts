import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Entrance, EntranceHandler } from "@flotilla/api";

/**
 * The request handler of all listeners, whose API can be replaced. The listeners survive a reload of the configuration,
 * and a request that arrives during a reload waits for the new API.
 */
export class ApiGateway {
  #handler = Promise.withResolvers<EntranceHandler>();
  #isOpen = false;

  /** Returns the request handler of a listener. */
  listenerFor(entrance: Entrance): RequestListener {
    return (request, response) => void this.#handle(request, response, entrance);
  }

  open(handler: EntranceHandler): void {
    this.hold();
    this.#isOpen = true;
    this.#handler.resolve(handler);
  }

  /** Makes requests wait until the next call of `open`. */
  hold(): void {
    // Waiting requests already await this promise.
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#handler = Promise.withResolvers<EntranceHandler>();
  }

  async #handle(request: IncomingMessage, response: ServerResponse, entrance: Entrance): Promise<void> {
    const handler = await this.#handler.promise;
    handler(request, response, entrance);
  }
}
