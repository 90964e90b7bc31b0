/** The paths of joining, on the port for machines. */
export const AUTHORITY_PATH = "/join/v1/authority";
export const MACHINES_PATH = "/join/v1/machines";
export const JOIN_BASE = "/join/v1/";

/** The request of a host that wants to join. */
export interface JoinRequest {
  readonly token: string;
  readonly machineID: string;
  /** A signing request of PKCS#10, PEM. */
  readonly request: string;
  /**
   * The kernel's boot ID. It proves that the host is the server that is present under this machine ID, and becomes an
   * agent: only the host and the servers know it.
   */
  readonly bootID: string;
}

/** What a further server needs to reach the store and to read secrets: options of fleet.conf, and the contents of the files that they name. */
export interface StoreAccess {
  readonly options: Readonly<Record<string, string>>;
  /** By option, for example `etcd_keyfile`. */
  readonly files: Readonly<Record<string, string>>;
  /** The file with the key of the cluster's secrets; absent if the server that answers does not have the key. */
  readonly secretsKey?: string;
}

/** The answer to an admitted host. */
export interface JoinAnswer {
  /** PEM. */
  readonly certificate: string;
  /** The certificates of the cluster's authorities, PEM. */
  readonly authorities: readonly string[];
  /** The addresses of servers that the cluster knows, as HOST:PORT. */
  readonly servers: readonly string[];
  /** For a token that makes servers. */
  readonly store?: StoreAccess;
}

/** The answer to a refused host. */
export interface JoinRefusal {
  readonly reason: string;
}
