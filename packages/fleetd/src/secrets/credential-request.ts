/** A credential that systemd asks for when it starts a unit. */
export interface CredentialRequest {
  readonly unit: string;
  readonly name: string;
}

/**
 * Reads the address of a client's socket, in which systemd names unit and credential: NUL, a random hexadecimal number,
 * "/unit/", the unit, "/", the credential (systemd.exec(5), LoadCredential=). Returns undefined for another address.
 */
export function credentialRequest(address: string): CredentialRequest | undefined {
  const [, unit, name] = /^\0[0-9a-f]+\/unit\/([^/]+)\/([^/]+)$/.exec(address) ?? [];
  return unit === undefined || name === undefined ? undefined : { unit, name };
}
