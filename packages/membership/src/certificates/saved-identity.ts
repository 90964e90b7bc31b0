import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { SERVER_NAME } from "@flotilla/runtime";
import { type MachineIdentity, peerName } from "./identity.ts";
import type { CertificateRole } from "./certificate-facts.ts";
import { isIssuedByOneOf } from "./trust.ts";

/** The file with this machine's certificate and key, for the next process. Only the daemon's user can read the file. */
export class SavedIdentity {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Loads the identity, which may have ended; undefined if there is none, or if it is of another machine or role, or is
   * not signed by an authority that it names.
   */
  load(machineID: string, role: CertificateRole): MachineIdentity | undefined {
    try {
      const { key, cert, ca } = JSON.parse(readFileSync(this.#path, "utf8")) as MachineIdentity;
      const identity = { key, cert, ca };
      return isOf(identity, machineID, role) ? identity : undefined;
    } catch {
      // A missing or unusable file means that a new certificate is needed.
      return undefined;
    }
  }

  /** @throws the errors of node:fs. */
  save({ key, cert, ca }: MachineIdentity): void {
    const unfinished = `${this.#path}.new`;
    writeFileSync(unfinished, JSON.stringify({ key, cert, ca }), { mode: 0o600 });
    renameSync(unfinished, this.#path);
  }
}

function isOf({ key, cert, ca }: MachineIdentity, machineID: string, role: CertificateRole): boolean {
  const certificate = new X509Certificate(cert);
  const isServers = certificate.checkHost(SERVER_NAME) !== undefined;
  return (
    certificate.checkHost(peerName(machineID)) !== undefined &&
    isServers === (role === "server") &&
    certificate.checkPrivateKey(createPrivateKey(key)) &&
    isIssuedByOneOf(certificate, ca)
  );
}
