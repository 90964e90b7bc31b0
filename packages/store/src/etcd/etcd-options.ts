import type { Clock, Logger } from "@flotilla/runtime";
import type { RenewalObserver } from "../lease/held-lease.ts";

export interface EtcdStoreOptions {
  /** Members of one cluster: `http://host:port`, `https://host:port`, `host:port` or `unix:///path`. */
  readonly endpoints: readonly string[];
  /** For https endpoints. PEM. */
  readonly tls?: EtcdTls;
  /** A user of etcd's authentication. */
  readonly credentials?: EtcdCredentials;
  /** The time limit of a call with its retries, milliseconds. */
  readonly requestTimeoutMs: number;
  /** The prefix of all keys in etcd. Default `/_coreos.com/fleet/`, as the `etcd_key_prefix` of fleet. */
  readonly keyPrefix?: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly onRenewal?: RenewalObserver | undefined;
}

export interface EtcdTls {
  /** The authorities for etcd's certificate; by default the authorities that Node trusts. */
  readonly ca?: Buffer;
  /** The client certificate and its key, if etcd requires one. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface EtcdCredentials {
  readonly username: string;
  readonly password: string;
}
