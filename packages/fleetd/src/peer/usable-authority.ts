import { createPrivateKey, X509Certificate } from "node:crypto";
import { type IdentityRecord, IdentityUnusableError } from "@flotilla/registry";

/**
 * Checks that the certificate authority in the store can sign certificates.
 * @throws IdentityUnusableError naming the unusable part.
 */
export function requireUsable({ certificate, privateKey }: IdentityRecord): void {
  const authority = read("its certificate is not X.509", () => new X509Certificate(certificate));
  const key = read("its private key is not PEM", () => createPrivateKey(privateKey));
  if (!authority.checkPrivateKey(key))
    throw new IdentityUnusableError("its private key does not match its certificate");
  if (!authority.ca) throw new IdentityUnusableError("its certificate is not a certificate authority");
}

function read<T>(otherwise: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new IdentityUnusableError(otherwise, { cause: error });
  }
}
