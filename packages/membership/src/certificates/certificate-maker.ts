import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FlotillaError, messageOf } from "@flotilla/runtime";
import type { AuthorityRecord } from "@flotilla/registry";
import { MACHINE_LIFE_MS } from "./certificate-life.ts";
import type { MachineCertificate, SigningOutcome } from "./certificates.ts";
import type { MachineIdentity } from "./identity.ts";

interface Signing {
  readonly now: number;
  readonly cluster: AuthorityRecord;
  readonly machine: MachineCertificate;
}

/** A request to the certificate program, sent as one JSON text. The program answers with one JSON text. */
export type CertificateRequest =
  | { readonly make: "cluster"; readonly now: number }
  | { readonly make: "successor"; readonly now: number; readonly cluster: AuthorityRecord }
  | ({ readonly make: "machine" } & Signing)
  | ({ readonly make: "signature"; readonly request: string } & Signing);

/** The certificate program failed or exceeded its time limit. */
export class CertificateError extends FlotillaError {
  readonly code = "certificate-not-made";
}

const run = promisify(execFile);

/** The program usually takes 100 ms. */
const LIMIT_MS = 30_000;

/**
 * Makes certificates in a separate process, which exits afterwards. The X.509 library needs more memory than all other
 * code of fleetd, and is needed rarely. Every method throws CertificateError, and the signal's reason; `now` is in
 * milliseconds since the epoch.
 */
export class CertificateMaker {
  readonly #program: string;
  readonly #lifeMs: number;

  /**
   * @param program the path of the certificate program, run by this process's Node.
   * @param lifeMs how long the certificates of machines last, milliseconds.
   */
  constructor(program: string, lifeMs = MACHINE_LIFE_MS) {
    this.#program = program;
    this.#lifeMs = lifeMs;
  }

  /** Returns a maker of certificates with another life. */
  lasting(lifeMs: number): CertificateMaker {
    return new CertificateMaker(this.#program, lifeMs);
  }

  /** Makes a new certificate authority for a cluster. */
  async createCluster(now: number, signal: AbortSignal): Promise<AuthorityRecord> {
    return JSON.parse(await this.#ask({ make: "cluster", now }, signal)) as AuthorityRecord;
  }

  /** Makes the authority that replaces another one, which vouches for it. */
  async succeed(cluster: AuthorityRecord, now: number, signal: AbortSignal): Promise<AuthorityRecord> {
    return JSON.parse(await this.#ask({ make: "successor", now, cluster }, signal)) as AuthorityRecord;
  }

  /** Makes a new key and certificate for a machine. */
  async issueMachine(
    cluster: AuthorityRecord,
    machine: MachineCertificate,
    now: number,
    signal: AbortSignal,
  ): Promise<MachineIdentity> {
    const asked: CertificateRequest = { make: "machine", now, cluster, machine: this.#withLife(machine) };
    return JSON.parse(await this.#ask(asked, signal)) as MachineIdentity;
  }

  /**
   * Makes a certificate for a key that another host holds.
   * @param request a signing request of PKCS#10, PEM.
   */
  async sign(
    cluster: AuthorityRecord,
    machine: MachineCertificate,
    request: string,
    now: number,
    signal: AbortSignal,
  ): Promise<SigningOutcome> {
    const asked: CertificateRequest = { make: "signature", now, cluster, machine: this.#withLife(machine), request };
    return JSON.parse(await this.#ask(asked, signal)) as SigningOutcome;
  }

  #withLife(machine: MachineCertificate): MachineCertificate {
    return { lifeMs: this.#lifeMs, ...machine };
  }

  async #ask(request: CertificateRequest, signal: AbortSignal): Promise<string> {
    const limits = { signal, timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
    const running = run(process.execPath, [this.#program], limits);
    // If the program ends early, its exit reports the failure.
    running.child.stdin?.on("error", () => {});
    running.child.stdin?.end(JSON.stringify(request));
    try {
      return (await running).stdout;
    } catch (error) {
      signal.throwIfAborted();
      const advice = `check that ${this.#program} is intact and that enough memory is free`;
      throw new CertificateError(`cannot make a certificate: ${reasonOf(error)}; ${advice}`, { cause: error });
    }
  }
}

/** Returns the program's error in one line, or its exit if it printed no error. The cause has the stack. */
function reasonOf(error: unknown): string {
  const { stderr = "" } = error as { readonly stderr?: string };
  const thrown = stderr.split("\n").find((line) => /^\w*Error\b.*: /.test(line));
  return (thrown ?? messageOf(error)).split("\n", 1).join("").replace(/[.]$/, "");
}
