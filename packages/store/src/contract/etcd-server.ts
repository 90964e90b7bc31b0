import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export interface EtcdServerOptions {
  /** The address that clients use, without the port. Default 127.0.0.1. */
  readonly host?: string;
  /** Further arguments: TLS, authentication. With TLS, `scheme` is `https`. */
  readonly args?: readonly string[];
  readonly scheme?: "http" | "https";
  /** A member of a cluster of several, instead of an etcd on its own. */
  readonly member?: EtcdMember;
}

export interface EtcdMember {
  readonly name: string;
  readonly peerPort: number;
  /** Every member, this one too: name to peer port. */
  readonly cluster: Readonly<Record<string, number>>;
}

const START_LIMIT_MS = 10_000;

/** A real etcd with a directory of its own, for tests and labs. Does not outlive the process that started it. */
export class EtcdServer implements AsyncDisposable {
  readonly endpoint: string;
  readonly host: string;
  readonly port: number;
  readonly #args: readonly string[];
  /** Answers once etcd is up, without TLS and a password whatever clients need. */
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
      // There is no network to wait for.
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

  /** The end of what it has written: for when it does not do as it should. */
  get output(): string {
    return this.#output;
  }

  /** Ends the process at once, as a crash would; its data stay. */
  async crash(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Starts it again on the same data and port. */
  async resume(): Promise<void> {
    this.#output = "";
    // The kernel ends etcd with this process, however this process ends.
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
   * It listens before it has written down who its members are: one that is killed then never comes up
   * again. A member of several may have to wait for the others, and has come as far as it can by listening.
   */
  async #isUp(): Promise<boolean> {
    return this.#isMember ? accepts(this.host, this.port) : isHealthy(this.#healthURL);
  }

  async restart(): Promise<void> {
    await this.#end("SIGTERM");
    await this.resume();
  }

  /** It keeps its connections and answers nobody. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Starts it again without its data. */
  async replace(): Promise<void> {
    await this.#end("SIGKILL");
    rmSync(join(this.#directory, "data"), { recursive: true });
    await this.resume();
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
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
    // What is frozen takes no notice of SIGTERM.
    child.kill("SIGCONT");
    child.kill(signal);
    await exited;
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
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
