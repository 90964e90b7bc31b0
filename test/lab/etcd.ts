import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { RunningCommand } from "./command.ts";
import type { Lab } from "./lab.ts";
import { waitFor } from "./wait-for.ts";

/** A real etcd on this machine, at an address that a lab's hosts reach and nobody else does. */
export class Etcd {
  readonly endpoint: string;
  readonly #lab: Lab;
  #running: RunningCommand | undefined;

  private constructor(lab: Lab) {
    this.endpoint = `http://${lab.address}:2379`;
    this.#lab = lab;
  }

  /** An empty etcd that answers. */
  static async start(lab: Lab): Promise<Etcd> {
    const etcd = new Etcd(lab);
    await etcd.start();
    return etcd;
  }

  /** Starts it again with the data that it had. */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new Error("etcd is running already");
    const running = await this.#lab.spawn("etcd", this.#command());
    this.#running = running;
    await waitFor("etcd to answer", () => this.isHealthy());
  }

  /** @param signal SIGTERM for a clean end, SIGKILL for a crash. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const running = this.#running;
    if (running === undefined) throw new Error("etcd is not running");
    running.kill(signal);
    await running.exit;
    this.#running = undefined;
  }

  /** Crashes, loses its disk, and is started on an empty one: same address, same flags, same cluster ID. */
  async loseData(): Promise<void> {
    await this.stop("SIGKILL");
    await rm(join(this.#lab.directory, "etcd"), { recursive: true });
    await this.start();
  }

  /** It keeps its connections and answers nobody. */
  freeze(): void {
    this.#running?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#running?.kill("SIGCONT");
  }

  async isHealthy(): Promise<boolean> {
    const answer = await fetch(`${this.endpoint}/health`, { signal: AbortSignal.timeout(1000) });
    return answer.ok;
  }

  #command(): string[] {
    const peers = `http://${this.#lab.address}:2380`;
    return [
      "etcd",
      `--data-dir=${join(this.#lab.directory, "etcd")}`,
      `--listen-client-urls=${this.endpoint}`,
      `--advertise-client-urls=${this.endpoint}`,
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=default=${peers}`,
      // A single member elects itself; the default timeout would only delay its start.
      "--heartbeat-interval=20",
      "--election-timeout=200",
      "--logger=zap",
      `--log-outputs=${join(this.#lab.directory, "etcd.log")}`,
    ];
  }
}
