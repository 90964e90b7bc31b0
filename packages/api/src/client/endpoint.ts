import { EndpointError } from "./client-error.ts";

/** The address of a daemon. */
export type ClientEndpoint =
  | { readonly kind: "unix"; readonly label: string; readonly socketPath: string }
  | { readonly kind: "http" | "https"; readonly label: string; readonly host: string; readonly port: number };

/**
 * Parses the forms of fleetctl's --endpoint: `unix:///path`, `file:///path`, `http://host[:port]`, `https://host[:port]`.
 * @throws EndpointError for anything else.
 */
export function parseEndpoint(text: string): ClientEndpoint {
  const url = URL.parse(text);
  const label = text;
  switch (url?.protocol) {
    case "unix:":
    // fleet accepts `file:` as another name of `unix:`.
    case "file:":
      if (url.host !== "" || url.pathname.length < 2) break;
      return { kind: "unix", label, socketPath: decodeURIComponent(url.pathname) };
    case "http:":
    case "https:":
      if (url.pathname !== "/" || url.search !== "") break;
      return {
        kind: url.protocol === "http:" ? "http" : "https",
        label,
        // Only a URL has brackets around an IPv6 address (RFC 3986); a socket needs the bare address.
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: Number(url.port) || (url.protocol === "http:" ? 80 : 443),
      };
    default:
  }
  throw new EndpointError(
    "bad-endpoint",
    `cannot parse endpoint "${text}"; write unix:///path/to/socket, http://host:port or https://host:port`,
  );
}
