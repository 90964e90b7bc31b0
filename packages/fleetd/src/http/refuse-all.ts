import type { RequestListener, ServerResponse } from "node:http";
import { unavailableMessage } from "@flotilla/api/http";

/**
 * Returns a handler for a daemon that cannot serve yet: 503 with the reason, in the form of both APIs, for every request
 * except GET /metrics.
 * @param metrics returns the daemon's metrics in Prometheus' text format.
 */
export function refuseAll(reason: string, metrics: () => Promise<string>): RequestListener {
  const body = JSON.stringify({ error: { code: 503, id: "unavailable", message: unavailableMessage(reason) } });
  const refuse = (response: ServerResponse): void => {
    response.writeHead(503, { "content-type": "application/json", "retry-after": "1" });
    response.end(body);
  };
  return ({ method, url }, response) => {
    if (method !== "GET" || url?.split("?", 1)[0] !== "/metrics") return refuse(response);
    void metrics().then((text) => {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
      response.end(text);
    });
  };
}
