import { createPrivateKey, X509Certificate } from "node:crypto";
import { type AuthorityRecord, AuthorityUnusableError } from "@flotilla/registry";

/**
 * Checks that the certificate authority in the store can sign certificates.
 * @throws AuthorityUnusableError naming the unusable part.
 */
export function requireUsable({ certificate, privateKey }: AuthorityRecord): void {
  const authority = read("its certificate is not X.509", () => new X509Certificate(certificate));
  const key = read("its private key is not PEM", () => createPrivateKey(privateKey));
  if (!authority.checkPrivateKey(key))
    throw new AuthorityUnusableError("its private key does not match its certificate");
  if (!authority.ca) throw new AuthorityUnusableError("its certificate is not a certificate authority");
}

function read<T>(otherwise: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new AuthorityUnusableError(otherwise, { cause: error });
  }
}
