import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { withoutHang } from "./harness.ts";

export interface EtcdServerOptions {
  /** The address that clients use, without the port. Default 127.0.0.1. */
  readonly host?: string;
  /** Further arguments: TLS, authentication. With TLS, `scheme` is `https`. */
  readonly args?: readonly string[];
  readonly scheme?: "http" | "https";
  /** Makes this a member of a cluster instead of a single etcd. */
  readonly member?: EtcdMember;
}

export interface EtcdMember {
  readonly name: string;
  readonly peerPort: number;
  /** The peer port of every member by name, including this one. */
  readonly cluster: Readonly<Record<string, number>>;
}

const START_LIMIT_MS = 10_000;

/** A real etcd with a temporary directory, for tests and labs. It ends with the process that started it. */
export class EtcdServer implements AsyncDisposable {
  readonly endpoint: string;
  readonly host: string;
  readonly port: number;
  readonly #args: readonly string[];
  /** Answers without TLS and a password once etcd is up. */
  readonly #healthURL: string;
  readonly #isMember: boolean;
  readonly #directory: string;
  readonly #atExit = (): void => this.#killAndRemove();
  #process: ChildProcess | undefined;
  #output = "";

  private constructor(
    { port, peerPort, healthPort }: { readonly port: number; readonly peerPort: number; readonly healthPort: number },
    { host = "127.0.0.1", scheme = "http", args = [], member }: EtcdServerOptions,
  ) {
    this.host = host;
    this.port = port;
    this.endpoint = `${scheme}://${host}:${port}`;
    this.#directory = mkdtempSync(join(tmpdir(), "flotilla-etcd-"));
    const { name, cluster } = member ?? { name: "etcd", cluster: { etcd: peerPort } };
    this.#healthURL = `http://127.0.0.1:${healthPort}`;
    this.#isMember = member !== undefined;
    const peer = peerURL(peerPort);
    const members = Object.entries(cluster).map(([each, itsPort]) => `${each}=${peerURL(itsPort)}`);
    this.#args = [
      ...["--name", name, "--data-dir", join(this.#directory, "data"), "--logger", "zap", "--log-level", "error"],
      ...["--listen-client-urls", this.endpoint, "--advertise-client-urls", this.endpoint],
      ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", members.join(",")],
      ...["--listen-metrics-urls", this.#healthURL],
      // The members share a machine, so that short timeouts suffice.
      ...["--heartbeat-interval", "20", "--election-timeout", "200"],
      ...args,
    ];
    process.once("exit", this.#atExit);
  }

  /** Starts an etcd on free ports and waits until it serves. */
  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer> {
    const [port, healthPort] = [await freePort(), await freePort()];
    const peerPort = options.member?.peerPort ?? (await freePort());
    const server = new EtcdServer({ port, peerPort, healthPort }, options);
    try {
      await server.resume();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** The last output of the process, for error messages. */
  get output(): string {
    return this.#output;
  }

  /** Kills the process. Its data stays. */
  async crash(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Starts etcd again with the same data and port. */
  async resume(): Promise<void> {
    this.#output = "";
    // The kernel kills etcd when this process ends, for whatever reason.
    const command = ["--pdeathsig", "KILL", "etcd", ...this.#args];
    const child = spawn("setpriv", command, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"] } });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-4_000);
      });
    }
    await once(child, "spawn");
    const limit = performance.now() + START_LIMIT_MS;
    while (!(await this.#isUp())) {
      if (child.exitCode !== null || performance.now() > limit) throw new Error(`etcd did not start: ${this.#output}`);
      await delay(10);
    }
  }

  /**
   * etcd listens before it has stored its list of members, and does not start again if it is killed then. A member of a
   * cluster may have to wait for the other members; until then it can only listen.
   */
  async #isUp(): Promise<boolean> {
    return this.#isMember ? accepts(this.host, this.port) : isHealthy(this.#healthURL);
  }

  async restart(): Promise<void> {
    await this.#end("SIGTERM");
    await this.resume();
  }

  /** Stops the process with SIGSTOP: it keeps its connections and answers nothing. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Starts etcd again without its data. */
  async replace(): Promise<void> {
    await this.#end("SIGKILL");
    rmSync(join(this.#directory, "data"), { recursive: true });
    await this.resume();
  }

  /** Kills etcd and removes its data. A clean end would take longer, and may wait for other members. */
  async stop(): Promise<void> {
    await this.#end("SIGKILL");
    process.off("exit", this.#atExit);
    this.#killAndRemove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    // A stopped process does not react to SIGTERM.
    child.kill("SIGCONT");
    child.kill(signal);
    await withoutHang(`etcd to end after ${signal}`, exited);
  }

  #killAndRemove(): void {
    this.#process?.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function peerURL(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) });
    return answer.ok && /"health":"?true/.test(await answer.text());
  } catch {
    return false;
  }
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
