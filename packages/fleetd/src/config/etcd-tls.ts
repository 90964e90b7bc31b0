import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ConfigError } from "./config-error.ts";
import type { FleetdConfig } from "./fleetd-options.ts";

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
    pem("etcd_cafile", config.etcd_cafile),
    pem("etcd_certfile", config.etcd_certfile),
    pem("etcd_keyfile", config.etcd_keyfile),
  ]);
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigError("etcd_certfile and etcd_keyfile must be set together; set both, or neither");
  // OpenSSL ignores an unreadable certificate authority and then trusts no server.
  if (ca) check("etcd_cafile", config.etcd_cafile, () => new X509Certificate(ca));
  if (cert && key)
    check("etcd_certfile and etcd_keyfile", config.etcd_certfile, () => createSecureContext({ cert, key }));
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function pem(option: string, path: string): Promise<Buffer | undefined> {
  if (path === "") return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new ConfigError(`cannot read ${option}="${path}": ${(error as Error).message}`, { cause: error });
  }
}

function check(options: string, path: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    throw new ConfigError(`cannot use ${options} ("${path}") for TLS: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
