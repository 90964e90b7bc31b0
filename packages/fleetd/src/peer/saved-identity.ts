import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type MachineIdentity, peerName } from "./identity.ts";

/** What is used for so long yet, milliseconds: a daemon may run for a year without a restart. */
const LEAST_LEFT_MS = 365 * 24 * 3_600_000;

/** This machine's certificate and its key, kept for the next process until the host reboots, readable by nobody else. */
export class SavedIdentity {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * What was saved, if it is this machine's, of the cluster whose authority this is, and valid for a year to come.
   * @param ca the authority's certificate, PEM.
   * @param now milliseconds since the epoch.
   */
  load(ca: string, machineID: string, now: number): MachineIdentity | undefined {
    try {
      const saved = JSON.parse(readFileSync(this.#path, "utf8")) as MachineIdentity;
      return saved.ca === ca && isOf(saved, machineID) && isValid(saved, now) ? saved : undefined;
    } catch {
      // Not there, or nothing that can be used.
      return undefined;
    }
  }

  /** @throws what node:fs throws. */
  save(identity: MachineIdentity): void {
    const unfinished = `${this.#path}.new`;
    writeFileSync(unfinished, JSON.stringify(identity), { mode: 0o600 });
    renameSync(unfinished, this.#path);
  }
}

function isOf({ key, cert, ca }: MachineIdentity, machineID: string): boolean {
  const certificate = new X509Certificate(cert);
  return (
    certificate.checkHost(peerName(machineID)) !== undefined &&
    certificate.checkPrivateKey(createPrivateKey(key)) &&
    certificate.verify(new X509Certificate(ca).publicKey)
  );
}

function isValid({ cert }: MachineIdentity, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  return validFromDate.getTime() <= now && now + LEAST_LEFT_MS < validToDate.getTime();
}
