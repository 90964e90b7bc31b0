import { createHash, X509Certificate } from "node:crypto";

/**
 * Returns the SHA-256 of the public key in a certificate, in DER (SubjectPublicKeyInfo), in hexadecimal digits.
 * @param certificate PEM.
 */
export function keyHashOf(certificate: string): string {
  const { publicKey } = new X509Certificate(certificate);
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}

/**
 * Returns the SHA-256 of a certificate in DER, in hexadecimal digits: the pin of a token.
 * @param certificate PEM.
 */
export function pinOf(certificate: string): string {
  return createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
}
