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
 * Reads the files of --ca-file, --cert-file and --key-file, and the CA certificate that a context holds.
 *
 * @throws UsageError for an unreadable or invalid file, and for a key that does not match the certificate.
 */
export async function readCertificateFiles(
  flags: Pick<GlobalFlags, "ca" | "caFile" | "certFile" | "keyFile">,
): Promise<CertificateFiles> {
  const [caContent, cert, key] = await Promise.all([
    contentOf("ca-file", flags.caFile),
    contentOf("cert-file", flags.certFile),
    contentOf("key-file", flags.keyFile),
  ]);
  const ca = caContent ?? (flags.ca === undefined ? undefined : Buffer.from(flags.ca));
  if (ca) certificateIn("ca-file", flags.caFile ?? "from the context's ca", ca);
  const certificate = cert && certificateIn("cert-file", flags.certFile, cert);
  const privateKey = key && privateKeyIn(flags.keyFile, key);
  if (!certificate !== !privateKey) {
    throw new UsageError("cannot use one of --cert-file and --key-file alone: give both or neither");
  }
  if (certificate && privateKey && !certificate.checkPrivateKey(privateKey)) {
    throw new UsageError(
      `cannot use --key-file ${flags.keyFile}: the key does not match the certificate in ${flags.certFile}`,
    );
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function contentOf(flag: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`cannot read --${flag} ${path}: ${systemReason(error)}`);
  }
}

function certificateIn(flag: string, path: string | undefined, content: Buffer): X509Certificate {
  try {
    return new X509Certificate(content);
  } catch {
    throw new UsageError(`cannot read --${flag} ${path}: not a certificate in PEM format`);
  }
}

function privateKeyIn(path: string | undefined, content: Buffer): KeyObject {
  try {
    return createPrivateKey(content);
  } catch {
    throw new UsageError(`cannot read --key-file ${path}: not a private key in PEM format without a passphrase`);
  }
}
