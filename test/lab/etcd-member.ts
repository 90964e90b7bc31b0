import { rm } from "node:fs/promises";
import type { RunningCommand } from "./command.ts";
import type { Lab, ServerAddress } from "./lab.ts";

export interface EtcdMemberOptions {
  readonly lab: Lab;
  /** Unique in the cluster; also names the member's files. */
  readonly name: string;
  /** Where clients reach the member; the address can be removed. */
  readonly address: ServerAddress;
  /** Where the other members reach it. */
  readonly peerUrl: string;
  /** As etcd takes it: every member with its peer URL. */
  readonly cluster: string;
  /** Further flags of etcd. */
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

  /** Starts the process with its data; it serves once a majority of the members run. */
  async launch(): Promise<void> {
    if (this.isRunning) throw new Error(`etcd's member ${this.name} is running already`);
    this.#running = await this.#options.lab.spawn(this.name, this.#command());
  }

  /** @param signal SIGTERM for a clean stop, SIGKILL for a crash. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const running = this.#running;
    if (running === undefined) throw new Error(`etcd's member ${this.name} is not running`);
    running.kill(signal);
    await running.exit;
    this.#running = undefined;
  }

  /** Deletes the data of a stopped member. */
  async loseDisk(): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }

  /** Stops the process by SIGSTOP: connections stay open, requests get no answer. */
  freeze(): void {
    this.#running?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#running?.kill("SIGCONT");
  }

  /** Drops its clients' packets both ways; the other members still reach it. */
  async cutOff(): Promise<void> {
    this.#isCutOff = true;
    await this.#options.address.cutOff();
  }

  /** Undoes `cutOff`. */
  async reconnect(): Promise<void> {
    await this.#options.address.reconnect();
    this.#isCutOff = false;
  }

  /** Starts the member if it is stopped, and otherwise undoes every fault. */
  async repair(): Promise<void> {
    this.thaw();
    if (this.#isCutOff) await this.reconnect();
    if (!this.isRunning) await this.launch();
  }

  /** Whether the member serves: etcd checks this by a write through its leader. */
  async isHealthy(): Promise<boolean> {
    return (await fetch(`${this.endpoint}/health`, { signal: AbortSignal.timeout(1000) })).ok;
  }

  /**
   * A request to etcd's gRPC gateway (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/): keys and values are
   * base64, 64-bit numbers text.
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
