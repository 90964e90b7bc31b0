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
  /** What leads to the endpoints at the far end, in their order. */
  readonly endpoints: readonly string[];
  /** Aborts with TunnelError when the tunnel breaks. */
  readonly broken: AbortSignal;
  /** A client of its endpoints knows of nothing but our end. */
  explain(error: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Its first line says that the tunnel stands. The others end ssh, and with it this, within seconds when whoever reads
 * them was killed and could not.
 */
const SIGNS_OF_LIFE = "while echo; do sleep 5; done";

/** So long after its connections, ssh has ended as well, milliseconds. */
const BREAKS_WITHIN_MS = 200;

/** As the user's own configuration must not have it: a shared connection would keep our sockets when we end. */
const OWN_CONNECTION = ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-o", "RemoteCommand=none", "-n", "-T"];

/**
 * Makes the endpoints of another host's side reachable here: one ssh for all connections, each of which it carries
 * from a socket here to the endpoint there (ssh(1), -L). Nothing of ours need be installed there.
 *
 * @throws UsageError for an endpoint that cannot be reached this way; TunnelError when ssh cannot connect.
 */
export async function openTunnel(
  flags: GlobalFlags & { readonly tunnel: string },
  { variables, signal }: Pick<Environment, "variables" | "signal">,
): Promise<Tunnel> {
  const targets = flags.endpoints.map(targetOf);
  const directory = await mkdtemp(join(tmpdir(), "fleetctl-"));
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    if (flags.strictHostKeyChecking) await mkdir(dirname(flags.knownHostsFile), { recursive: true, mode: 0o700 });
    const sockets = targets.map((_, index) => join(directory, `endpoint-${index}`));
    const forwards = targets.flatMap((target, index) => ["-L", `${sockets[index] ?? ""}:${target}`]);
    const command = [...tunnelCommand(flags, flags.tunnel, [...OWN_CONNECTION, ...forwards]), SIGNS_OF_LIFE];
    const ssh = await connected(
      flags.tunnel,
      command,
      { ...variables, ...(await answersFromStdin(directory, variables)) },
      signal,
    );
    const broken = new AbortController();
    ssh.once("exit", () => broken.abort(new TunnelError(`The tunnel through ${flags.tunnel} broke: ssh has ended.`)));
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

/** When a connection breaks with the tunnel, it is heard of first. */
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
    `No fleetd answers at ${endpoints.join(", ")} through the tunnel to ${tunnel}. Does it run there, and may ${user} use ` +
      `its socket, which is for root and the group fleet (\`usermod --append --groups fleet ${user}\` there)?`,
    { cause: error },
  );
}

/** What ssh is to connect to at the far end. */
function targetOf(endpoint: string): string {
  const [, socket] = /^(?:unix|file):\/\/(\/.*)$/.exec(endpoint) ?? [];
  if (socket !== undefined) return socket;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === "http:" && url.hostname !== "") return `${url.hostname}:${url.port || "80"}`;
  throw new UsageError(`--tunnel leads to unix:// and http:// endpoints, and not to ${endpoint}.`);
}

/** Resolves once the tunnel stands. */
async function connected(
  tunnel: string,
  [program = "ssh", ...args]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ChildProcess> {
  const ssh = spawn(program, args, { stdio: ["inherit", "pipe", "inherit"], env });
  const failed = once(ssh, "exit", { signal }).then(([code, name]) => {
    throw new TunnelError(
      `The tunnel through ${tunnel} could not be opened: ssh ended with ${name ?? `exit code ${code}`}; what it said is above.`,
    );
  });
  // It is heard of once only, also where ssh ends after the tunnel stood.
  failed.catch(() => {});
  try {
    await Promise.race([once(ssh.stdout, "data", { signal }), failed]);
  } catch (error) {
    await ended(ssh);
    if (error instanceof TunnelError || signal.aborted) throw error;
    throw new TunnelError(
      `The tunnel through ${tunnel} needs the system's ssh, which cannot be run: ${systemReason(error)}.`,
    );
  }
  return ssh;
}

async function ended(ssh: ChildProcess): Promise<void> {
  if (ssh.pid === undefined || ssh.exitCode !== null || ssh.signalCode !== null) return;
  const exit = once(ssh, "exit");
  ssh.kill();
  await exit;
}
