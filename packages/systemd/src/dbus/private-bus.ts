import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A dbus-daemon of a test's own, to be killed and stalled. It needs no systemd. */
export class PrivateBus {
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, directory: string, address: string) {
    this.#child = child;
    this.#directory = directory;
    this.address = address;
  }

  /** @param limits limits of dbus-daemon(1) by name. */
  static async start(limits: Readonly<Record<string, number>> = {}): Promise<PrivateBus> {
    const directory = await mkdtemp(join(tmpdir(), "flotilla-bus-"));
    const address = `unix:path=${directory}/bus`;
    const lines = Object.entries(limits).map(([name, value]) => `<limit name="${name}">${value}</limit>`);
    const config = join(directory, "bus.conf");
    await writeFile(
      config,
      `<busconfig><listen>${address}</listen><auth>EXTERNAL</auth>
      <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy>
      ${lines.join("")}</busconfig>`,
    );
    const args = [`--config-file=${config}`, "--nofork", "--nopidfile", "--print-address"];
    const child = spawn("dbus-daemon", args, { stdio: ["ignore", "pipe", "inherit"] });
    // It prints its address once it listens there.
    await once(child.stdout, "data");
    return new PrivateBus(child, directory, address);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await exit;
    }
    await rm(this.#directory, { recursive: true });
  }
}
