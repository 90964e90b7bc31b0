import { EndpointError } from "./client-error.ts";

/** Where a daemon listens. */
export type ClientEndpoint =
  | { readonly kind: "unix"; readonly label: string; readonly socketPath: string }
  | { readonly kind: "http" | "https"; readonly label: string; readonly host: string; readonly port: number };

/**
 * Reads `unix:///path` or `file:///path`, `http://host[:port]` or `https://host[:port]`, the forms that fleetctl's --endpoint takes.
 * @throws EndpointError for anything else.
 */
export function parseEndpoint(text: string): ClientEndpoint {
  const url = URL.parse(text);
  const label = text;
  switch (url?.protocol) {
    case "unix:":
    // fleet's other name for the same.
    case "file:":
      if (url.host !== "" || url.pathname.length < 2) break;
      return { kind: "unix", label, socketPath: decodeURIComponent(url.pathname) };
    case "http:":
    case "https:":
      if (url.pathname !== "/" || url.search !== "") break;
      return {
        kind: url.protocol === "http:" ? "http" : "https",
        label,
        // Brackets belong to a URL only (RFC 3986); a socket wants the bare IPv6 address.
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: Number(url.port) || (url.protocol === "http:" ? 80 : 443),
      };
    default:
  }
  throw new EndpointError(
    "bad-endpoint",
    `"${text}" is no endpoint: write unix:///path/to/socket, http://host:port or https://host:port.`,
  );
}
