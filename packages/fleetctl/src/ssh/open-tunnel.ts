import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FlotillaError, systemClock } from "@flotilla/runtime";
import type { GlobalFlags } from "../arguments/global-flags.ts";
import { isApiError } from "../cluster/api-refusal.ts";
import { UsageError } from "../command-error.ts";
import type { Environment } from "../environment.ts";
import { answersFromStdin } from "./askpass.ts";
import { tunnelCommand } from "./ssh-command.ts";
import { TunnelError } from "./tunnel-error.ts";
import { systemReason } from "../system-reason.ts";

export interface Tunnel {
  /** Local endpoints that lead to the remote ones, in their order. */
  readonly endpoints: readonly string[];
  /** Aborts with TunnelError when the tunnel breaks. */
  readonly broken: AbortSignal;
  /** The cause of a client's error: the client sees only the local end. */
  explain(error: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * The first line says that the tunnel is open. Later lines make ssh end within seconds after fleetctl was killed,
 * because no process reads them any more.
 */
const SIGNS_OF_LIFE = "while echo; do sleep 5; done";

/** ssh exits within this time after its connections end, in milliseconds. */
const BREAKS_WITHIN_MS = 200;

/** Overrides the user's configuration: a shared connection would keep the forwarded sockets after fleetctl ends. */
const OWN_CONNECTION = ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "RemoteCommand=none", "-n", "-T"];

/**
 * Makes endpoints of a remote host reachable locally. One ssh carries all connections, each from a local socket to a
 * remote endpoint (ssh(1), -L). The remote host needs no fleetctl.
 *
 * @throws UsageError for an endpoint that cannot be tunnelled; TunnelError if ssh does not connect.
 */
export async function openTunnel(
  host: string,
  flags: GlobalFlags,
  { variables, signal }: Pick<Environment, "variables" | "signal">,
): Promise<Tunnel> {
  const targets = flags.endpoints.map(targetOf);
  const directory = await mkdtemp(join(tmpdir(), "fleetctl-"));
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    if (flags.strictHostKeyChecking) await mkdir(dirname(flags.knownHostsFile), { recursive: true, mode: 0o700 });
    const sockets = targets.map((_, index) => join(directory, `endpoint-${index}`));
    const forwards = targets.flatMap((target, index) => ["-L", `${sockets[index] ?? ""}:${target}`]);
    const command = [...tunnelCommand(flags, host, [...OWN_CONNECTION, ...forwards]), SIGNS_OF_LIFE];
    const ssh = await connected(
      host,
      command,
      { ...variables, ...(await answersFromStdin(directory, variables)) },
      signal,
    );
    const broken = new AbortController();
    ssh.once("exit", () => broken.abort(new TunnelError(`lost the tunnel through ${host}: ssh has exited`)));
    return {
      endpoints: sockets.map((path) => `unix://${path}`),
      broken: broken.signal,
      explain: (error) => explain(error, flags, broken.signal),
      close: () => Promise.all([ended(ssh), close()]).then(() => {}),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A broken tunnel ends connections first, so ssh's exit may follow within BREAKS_WITHIN_MS. */
async function explain(
  error: unknown,
  { tunnel, endpoints, sshUsername: user }: GlobalFlags,
  broken: AbortSignal,
): Promise<unknown> {
  if (isApiError(error) || error instanceof TunnelError) return error;
  await systemClock.sleep(BREAKS_WITHIN_MS, broken).catch(() => {});
  if (broken.aborted) return broken.reason;
  if (!(error instanceof FlotillaError) || error.code !== "no-endpoint") return error;
  return new TunnelError(
    `cannot reach fleetd at ${endpoints.join(", ")} through the tunnel to ${tunnel}: check that fleetd runs there, and that ${user} ` +
      `may use its socket, which needs the group fleet (\`usermod --append --groups fleet ${user}\` there)`,
    { cause: error },
  );
}

/** The remote address for ssh's -L. */
function targetOf(endpoint: string): string {
  const [, socket] = /^(?:unix|file):\/\/(\/.*)$/.exec(endpoint) ?? [];
  if (socket !== undefined) return socket;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === "http:" && url.hostname !== "") return `${url.hostname}:${url.port || "80"}`;
  throw new UsageError(`cannot reach ${endpoint} through --tunnel: only unix:// and http:// endpoints work`);
}

/** Resolves once the tunnel is open. */
async function connected(
  tunnel: string,
  [program = "ssh", ...args]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ChildProcess> {
  const ssh = spawn(program, args, { stdio: ["inherit", "pipe", "inherit"], env });
  const failed = once(ssh, "exit", { signal }).then(([code, name]) => {
    throw new TunnelError(
      `cannot open the tunnel through ${tunnel}: ssh failed with ${name ?? `exit code ${code}`}; its message is above`,
    );
  });
  // Later exits of ssh reach `broken`; this rejection must not count as unhandled.
  failed.catch(() => {});
  try {
    await Promise.race([once(ssh.stdout, "data", { signal }), failed]);
  } catch (error) {
    await ended(ssh);
    if (error instanceof TunnelError || signal.aborted) throw error;
    throw new TunnelError(`cannot open the tunnel through ${tunnel}: cannot run ssh: ${systemReason(error)}`);
  }
  return ssh;
}

async function ended(ssh: ChildProcess): Promise<void> {
  if (ssh.pid === undefined || ssh.exitCode !== null || ssh.signalCode !== null) return;
  const exit = once(ssh, "exit");
  ssh.kill();
  await exit;
}
