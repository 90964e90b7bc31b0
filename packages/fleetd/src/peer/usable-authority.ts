import { createPrivateKey, X509Certificate } from "node:crypto";
import { type IdentityRecord, IdentityUnusableError } from "@flotilla/registry";

/**
 * Looks whether certificates can be signed with what the store has, before that is tried.
 * @throws IdentityUnusableError naming what it is that cannot be.
 */
export function requireUsable({ certificate, privateKey }: IdentityRecord): void {
  const authority = read("its certificate is none that X.509 knows", () => new X509Certificate(certificate));
  const key = read("its private key is none in PEM", () => createPrivateKey(privateKey));
  if (!authority.checkPrivateKey(key)) throw new IdentityUnusableError("its private key is not its certificate's");
  if (!authority.ca) throw new IdentityUnusableError("its certificate is not an authority's");
}

function read<T>(otherwise: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new IdentityUnusableError(otherwise, { cause: error });
  }
}
