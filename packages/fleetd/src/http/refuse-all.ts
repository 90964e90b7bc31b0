import type { RequestListener } from "node:http";

/** Answers every request 503 with a sentence, in the form of both APIs: for a daemon that cannot begin yet. */
export function refuseAll(reason: string): RequestListener {
  const body = JSON.stringify({ error: { code: 503, id: "unavailable", message: reason } });
  return (_request, response) => {
    response.writeHead(503, {
      "content-type": "application/json",
      "retry-after": "1",
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
  };
}
