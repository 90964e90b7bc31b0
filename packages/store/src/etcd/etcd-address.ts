import { StoreRefusedError } from "../port/store-error.ts";

/**
 * Converts endpoints as people write them (`http://a:2379/`, `a:2379`, `unix:///run/etcd.sock`) to gRPC's form.
 * @throws StoreRefusedError, naming the endpoint
 */
export function etcdAddresses(endpoints: readonly string[], tls: boolean): string[] {
  if (endpoints.length === 0) throw new StoreRefusedError("no etcd endpoint is configured; name at least one");
  return endpoints.map((endpoint) => etcdAddress(endpoint.trim(), tls));
}

/** Whether the text is a valid endpoint. */
export function isEtcdEndpoint(endpoint: string): boolean {
  return parse(endpoint.trim(), false) !== undefined;
}

function etcdAddress(endpoint: string, tls: boolean): string {
  const address = parse(endpoint, tls);
  if (address !== undefined) return address;
  throw new StoreRefusedError(
    `${JSON.stringify(endpoint)} is not an etcd endpoint; write it as http://host:2379, https://host:2379 or unix:///path`,
  );
}

function parse(endpoint: string, tls: boolean): string | undefined {
  const unix = /^unix:(?:\/\/)?(\/[^/].*)$/.exec(endpoint);
  if (unix) return `unix:${unix[1]}`;
  const written = endpoint.includes("://") ? endpoint : `${tls ? "https" : "http"}://${endpoint}`;
  const url = URL.parse(written);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return undefined;
  // URL drops the default port of the scheme; gRPC would use 443 for either scheme.
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return `${url.protocol}//${url.hostname}:${port}`;
}
