import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { ConfigError } from "./config-error.ts";
import type { FleetdConfig } from "./fleetd-options.ts";
import { checkTls, readPem } from "./tls-file.ts";

/** The contents of the TLS files for etcd, in PEM. */
export interface EtcdTlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

type EtcdTlsConfig = Pick<FleetdConfig, "etcd_cafile" | "etcd_certfile" | "etcd_keyfile">;

/**
 * Reads the TLS files for etcd and checks that TLS accepts them.
 * @throws ConfigError naming the option and the unusable file.
 */
export async function readEtcdTls(config: EtcdTlsConfig): Promise<EtcdTlsFiles> {
  const [ca, cert, key] = await Promise.all([
    readPem("etcd_cafile", config.etcd_cafile),
    readPem("etcd_certfile", config.etcd_certfile),
    readPem("etcd_keyfile", config.etcd_keyfile),
  ]);
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigError("etcd_certfile and etcd_keyfile must be set together; set both, or neither");
  // OpenSSL ignores an unreadable certificate authority and then trusts no server.
  if (ca) checkTls("etcd_cafile", config.etcd_cafile, () => new X509Certificate(ca));
  if (cert && key)
    checkTls("etcd_certfile and etcd_keyfile", config.etcd_certfile, () => createSecureContext({ cert, key }));
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
