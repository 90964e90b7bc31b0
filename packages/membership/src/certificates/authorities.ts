/** Returns the certificates in a PEM text, each as a PEM text of its own. */
export function authoritiesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/g) ?? [];
}
