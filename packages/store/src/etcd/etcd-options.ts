import type { Clock, Logger } from "@flotilla/runtime";
import type { RenewalObserver } from "../lease/held-lease.ts";

export interface EtcdStoreOptions {
  /** `http://host:port`, `https://host:port`, `host:port` or `unix:///path`; one or more members of one cluster. */
  readonly endpoints: readonly string[];
  /** For https endpoints. PEM. */
  readonly tls?: EtcdTls;
  /** A user of etcd's own authentication. */
  readonly credentials?: EtcdCredentials;
  /** How long a call may take in all, milliseconds. */
  readonly requestTimeoutMs: number;
  /** What all keys in etcd start with. Default `/_coreos.com/fleet/`, fleet's own `etcd_key_prefix`. */
  readonly keyPrefix?: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly onRenewal?: RenewalObserver | undefined;
}

export interface EtcdTls {
  /** Who may have signed etcd's certificate; without it, the authorities that Node trusts. */
  readonly ca?: Buffer;
  /** Our own certificate and its key, where etcd asks for one. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface EtcdCredentials {
  readonly username: string;
  readonly password: string;
}
