import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { ConfigError } from "./config-error.ts";
import type { FleetdConfig } from "./fleetd-options.ts";
import { checkTls, readPem } from "./tls-file.ts";

/** The operator's own TLS files for the API, in PEM. */
export interface ApiTlsFiles {
  /** The server's certificate and key, instead of the machine's. */
  readonly own?: { readonly cert: Buffer; readonly key: Buffer };
  /** An authority of client certificates, in addition to the cluster's. */
  readonly clientCA?: Buffer;
}

type ApiTlsConfig = Pick<FleetdConfig, "api_certfile" | "api_keyfile" | "api_clientcafile">;

/**
 * Reads the TLS files for the API and checks that TLS accepts them.
 * @throws ConfigError naming the option and the unusable file.
 */
export async function readApiTls(config: ApiTlsConfig): Promise<ApiTlsFiles> {
  const [cert, key, clientCA] = await Promise.all([
    readPem("api_certfile", config.api_certfile),
    readPem("api_keyfile", config.api_keyfile),
    readPem("api_clientcafile", config.api_clientcafile),
  ]);
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigError("api_certfile and api_keyfile must be set together; set both, or neither");
  if (clientCA) checkTls("api_clientcafile", config.api_clientcafile, () => new X509Certificate(clientCA));
  if (cert && key)
    checkTls("api_certfile and api_keyfile", config.api_certfile, () => createSecureContext({ cert, key }));
  return { ...(cert && key && { own: { cert, key } }), ...(clientCA && { clientCA }) };
}
