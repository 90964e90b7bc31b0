import { rm } from "node:fs/promises";
import type { RunningCommand } from "./command.ts";
import type { Lab, ServerAddress } from "./lab.ts";

export interface EtcdMemberOptions {
  readonly lab: Lab;
  /** Unique in the etcd cluster; the member's files are named after it. */
  readonly name: string;
  /** The address at which clients reach the member. It can be removed. */
  readonly address: ServerAddress;
  /** The URL at which the other members reach it. */
  readonly peerUrl: string;
  /** etcd's `--initial-cluster`: every member with its peer URL. */
  readonly cluster: string;
  /** Additional flags of etcd. */
  readonly args: readonly string[];
}

/** One etcd process. */
export class EtcdMember {
  readonly name: string;
  readonly endpoint: string;
  readonly #options: EtcdMemberOptions;
  readonly #directory: string;
  #running: RunningCommand | undefined;
  #isCutOff = false;

  constructor(options: EtcdMemberOptions) {
    this.name = options.name;
    this.endpoint = `http://${options.address.ip}:2379`;
    this.#options = options;
    this.#directory = `${options.lab.directory}/${options.name}`;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Starts the process with its data. The member serves once a majority of the members run. */
  async launch(): Promise<void> {
    if (this.isRunning) throw new Error(`etcd member ${this.name} is already running`);
    this.#running = await this.#options.lab.spawn(this.name, this.#command());
  }

  /** @param signal SIGTERM for a clean stop, SIGKILL for a crash. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const running = this.#running;
    if (running === undefined) throw new Error(`etcd member ${this.name} is not running`);
    running.kill(signal);
    await running.exit;
    this.#running = undefined;
  }

  /** Deletes the data of a stopped member. */
  async loseDisk(): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }

  /** Stops the process with SIGSTOP: connections stay open, requests get no answer. */
  freeze(): void {
    this.#running?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#running?.kill("SIGCONT");
  }

  /** Drops all packets between the member and its clients; the other members still reach it. */
  async cutOff(): Promise<void> {
    this.#isCutOff = true;
    await this.#options.address.cutOff();
  }

  /** Undoes `cutOff`. */
  async reconnect(): Promise<void> {
    await this.#options.address.reconnect();
    this.#isCutOff = false;
  }

  /** Starts the member if it is stopped; otherwise undoes every fault. */
  async repair(): Promise<void> {
    this.thaw();
    if (this.#isCutOff) await this.reconnect();
    if (!this.isRunning) await this.launch();
  }

  /** Returns whether the member serves. etcd checks this with a write through its leader. */
  async isHealthy(): Promise<boolean> {
    return (await fetch(`${this.endpoint}/health`, { signal: AbortSignal.timeout(1000) })).ok;
  }

  /**
   * Sends a request to etcd's gRPC gateway (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/). Keys and values are
   * base64, and 64-bit numbers are strings.
   * @throws Error with etcd's message when etcd answers with an error.
   */
  async call(path: string, body: object, token?: string): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.endpoint}/v3/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      ...(token === undefined ? {} : { headers: { Authorization: token } }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`etcd's ${path}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  #command(): string[] {
    const { lab, name, peerUrl, cluster, args } = this.#options;
    return [
      "etcd",
      `--name=${name}`,
      `--data-dir=${this.#directory}`,
      `--listen-client-urls=${this.endpoint}`,
      `--advertise-client-urls=${this.endpoint}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=${cluster}`,
      "--logger=zap",
      `--log-outputs=${lab.directory}/${name}.log`,
      ...args,
    ];
  }
}
