import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FlotillaError, messageOf } from "@flotilla/runtime";
import type { IdentityRecord } from "@flotilla/registry";
import type { MachineIdentity } from "./identity.ts";

/** What the program that makes certificates reads, as one JSON text. It writes the answer in the same way. */
export type CertificateRequest =
  | { readonly make: "cluster"; readonly now: number }
  | { readonly make: "machine"; readonly now: number; readonly cluster: IdentityRecord; readonly machineID: string };

/** The program failed, or took too long. */
export class CertificateError extends FlotillaError {
  readonly code = "certificate-not-made";
}

const run = promisify(execFile);

/** Generous: a hundred milliseconds are usual. */
const LIMIT_MS = 30_000;

/**
 * Has certificates made by a program of its own, which ends with that: what makes them takes more memory than all else
 * that fleetd does, and is needed once.
 */
export class CertificateMaker {
  readonly #program: string;

  /** @param program its path; run by this process's own Node. */
  constructor(program: string) {
    this.#program = program;
  }

  /**
   * A new authority for a cluster.
   * @param now milliseconds since the epoch.
   * @throws CertificateError; the signal's reason.
   */
  async createCluster(now: number, signal: AbortSignal): Promise<IdentityRecord> {
    return JSON.parse(await this.#ask({ make: "cluster", now }, signal)) as IdentityRecord;
  }

  /**
   * A new certificate for a machine.
   * @param now milliseconds since the epoch.
   * @throws CertificateError; the signal's reason.
   */
  async issueMachine(
    cluster: IdentityRecord,
    machineID: string,
    now: number,
    signal: AbortSignal,
  ): Promise<MachineIdentity> {
    return JSON.parse(await this.#ask({ make: "machine", now, cluster, machineID }, signal)) as MachineIdentity;
  }

  async #ask(request: CertificateRequest, signal: AbortSignal): Promise<string> {
    const limits = { signal, timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
    const running = run(process.execPath, [this.#program], limits);
    // A program that has ended early says so by its exit.
    running.child.stdin?.on("error", () => {});
    running.child.stdin?.end(JSON.stringify(request));
    try {
      return (await running).stdout;
    } catch (error) {
      signal.throwIfAborted();
      const advice = `See whether ${this.#program} is whole, and whether there is memory left.`;
      throw new CertificateError(`No certificate could be made: ${reasonOf(error)}. ${advice}`, { cause: error });
    }
  }
}

/** What the program said of it in one line; of its end when it said nothing. Its stack is the cause's to show. */
function reasonOf(error: unknown): string {
  const { stderr = "" } = error as { readonly stderr?: string };
  const thrown = stderr.split("\n").find((line) => /^\w*Error\b.*: /.test(line));
  return (thrown ?? messageOf(error)).split("\n", 1).join("").replace(/[.]$/, "");
}
