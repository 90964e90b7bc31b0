import { rm } from "node:fs/promises";
import type { RunningCommand } from "./command.ts";
import type { Lab, ServerAddress } from "./lab.ts";

export interface EtcdMemberOptions {
  readonly lab: Lab;
  /** Unique in the cluster; its files are named after it. */
  readonly name: string;
  /** Where clients reach it, and where they can be kept from it. */
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

  /** Starts the process, with the data that it had; it serves once most members run. */
  async launch(): Promise<void> {
    if (this.isRunning) throw new Error(`etcd's member ${this.name} is running already`);
    this.#running = await this.#options.lab.spawn(this.name, this.#command());
  }

  /** @param signal SIGTERM for a clean end, SIGKILL for a crash. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const running = this.#running;
    if (running === undefined) throw new Error(`etcd's member ${this.name} is not running`);
    running.kill(signal);
    await running.exit;
    this.#running = undefined;
  }

  /** Of a member that does not run. */
  async loseDisk(): Promise<void> {
    await rm(this.#directory, { recursive: true });
  }

  /** It keeps its connections and answers nobody. */
  freeze(): void {
    this.#running?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#running?.kill("SIGCONT");
  }

  /** Its clients' packets are lost, both ways; the other members still reach it. */
  async cutOff(): Promise<void> {
    this.#isCutOff = true;
    await this.#options.address.cutOff();
  }

  /** Undoes `cutOff`. */
  async reconnect(): Promise<void> {
    await this.#options.address.reconnect();
    this.#isCutOff = false;
  }

  /** Starts it if it does not run, and undoes what was done to it otherwise. */
  async repair(): Promise<void> {
    this.thaw();
    if (this.#isCutOff) await this.reconnect();
    if (!this.isRunning) await this.launch();
  }

  /** Whether it serves: etcd answers this by a write through its leader. */
  async isHealthy(): Promise<boolean> {
    return (await fetch(`${this.endpoint}/health`, { signal: AbortSignal.timeout(1000) })).ok;
  }

  /**
   * A request to etcd's gRPC gateway (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/): keys and values are
   * base64, 64-bit numbers text.
   * @throws when the answer is an error, with etcd's words.
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
