/** An address on which the API can listen. */
export type ListenAddress =
  | { readonly kind: "inherited"; readonly fd: number; readonly isUnix: boolean }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** Parses `unix:///path` or `tcp://HOST:PORT` of the option `listen`; returns undefined for other text. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix?.[1]) return { kind: "unix", path: unix[1] };
  const tcp = /^(?:tcp|http):\/\/(\[[0-9a-f:]+\]|[^:/]+):(\d{1,5})\/?$/i.exec(text);
  if (tcp?.[1] && Number(tcp[2]) <= 65_535)
    return { kind: "tcp", host: tcp[1].replace(/^\[|\]$/g, ""), port: Number(tcp[2]) };
  return undefined;
}

export function describeAddress(address: ListenAddress): string {
  switch (address.kind) {
    case "inherited":
      return `the socket passed by systemd (descriptor ${address.fd})`;
    case "unix":
      return `unix://${address.path}`;
    case "tcp":
      return `tcp://${address.host}:${address.port}`;
  }
}
