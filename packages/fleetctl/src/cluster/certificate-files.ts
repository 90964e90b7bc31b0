import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { GlobalFlags } from "../arguments/global-flags.ts";
import { UsageError } from "../command-error.ts";
import { systemReason } from "../system-reason.ts";

export interface CertificateFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/**
 * Reads what --ca-file, --cert-file and --key-file name.
 * @throws UsageError for a file that cannot be read or is another thing, and a certificate and a key that are no pair.
 */
export async function readCertificateFiles(
  flags: Pick<GlobalFlags, "caFile" | "certFile" | "keyFile">,
): Promise<CertificateFiles> {
  const [ca, cert, key] = await Promise.all([
    contentOf("ca-file", flags.caFile),
    contentOf("cert-file", flags.certFile),
    contentOf("key-file", flags.keyFile),
  ]);
  if (ca) certificateIn("ca-file", flags.caFile, ca);
  const certificate = cert && certificateIn("cert-file", flags.certFile, cert);
  const privateKey = key && privateKeyIn(flags.keyFile, key);
  if (!certificate !== !privateKey) {
    throw new UsageError("--cert-file and --key-file belong together: give both, or neither.");
  }
  if (certificate && privateKey && !certificate.checkPrivateKey(privateKey)) {
    throw new UsageError(`The key in ${flags.keyFile} is not that of the certificate in ${flags.certFile}.`);
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function contentOf(flag: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`--${flag} cannot be read: ${path}: ${systemReason(error)}.`);
  }
}

function certificateIn(flag: string, path: string | undefined, content: Buffer): X509Certificate {
  try {
    return new X509Certificate(content);
  } catch {
    throw new UsageError(`--${flag}: ${path} is no certificate in PEM form.`);
  }
}

function privateKeyIn(path: string | undefined, content: Buffer): KeyObject {
  try {
    return createPrivateKey(content);
  } catch {
    throw new UsageError(`--key-file: ${path} is no private key in PEM form without a passphrase.`);
  }
}
