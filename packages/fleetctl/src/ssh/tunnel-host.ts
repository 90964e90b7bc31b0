import { UsageError } from "../command-error.ts";

/** A host that SSH connects to. */
export interface SshHost {
  readonly host: string;
  /** Undefined: the port of ssh's configuration, else 22. */
  readonly port: number | undefined;
}

/**
 * Parses fleet's `HOST[:PORT]`; an IPv6 address with a port needs brackets.
 *
 * @param source the flag, for messages.
 * @throws UsageError for an invalid host.
 */
export function parseSshHost(text: string, source: string): SshHost {
  const [, bracketed, plain, several, port] =
    /^(?:\[([^[\]]+)\]|([^:[\]\s]+)|([^[\]\s]*:[^[\]\s]*:[^[\]\s]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? several;
  if (host === undefined || host.startsWith("-") || (port !== undefined && !isPort(Number(port))))
    throw new UsageError(
      `cannot read ${source}=${text}: not a host; use HOST or HOST:PORT, an IPv6 address as [::1]:22`,
    );
  return { host, port: port === undefined ? undefined : Number(port) };
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}
