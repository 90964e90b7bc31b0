import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { ConfigError } from "./config-error.ts";
import type { FleetdConfig } from "./fleetd-options.ts";

/** What the files hold that the configuration names for etcd, PEM. */
export interface EtcdTlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

type EtcdTlsConfig = Pick<FleetdConfig, "etcd_cafile" | "etcd_certfile" | "etcd_keyfile">;

/**
 * Reads them, and sees that TLS can be spoken with them.
 * @throws ConfigError naming the option and the file that cannot be used.
 */
export async function readEtcdTls(config: EtcdTlsConfig): Promise<EtcdTlsFiles> {
  const [ca, cert, key] = await Promise.all([
    pem("etcd_cafile", config.etcd_cafile),
    pem("etcd_certfile", config.etcd_certfile),
    pem("etcd_keyfile", config.etcd_keyfile),
  ]);
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigError("etcd_certfile and etcd_keyfile belong together: name both files, or neither.");
  // OpenSSL passes over an authority that it cannot read, so that nobody would be trusted.
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
    throw new ConfigError(`${option}="${path}" cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

function check(options: string, path: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    throw new ConfigError(`${options} ("${path}") cannot be used for TLS: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
