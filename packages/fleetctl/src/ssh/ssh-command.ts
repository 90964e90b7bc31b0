import type { GlobalFlags } from "../arguments/global-flags.ts";
import { parseSshHost, type SshHost } from "./tunnel-host.ts";

/** Where a ProxyCommand is to lead to: ssh puts the host and port in. */
const TARGET = "[%h]:%p";

type SshFlags = Pick<
  GlobalFlags,
  "knownHostsFile" | "sshTimeoutMs" | "sshUsername" | "strictHostKeyChecking" | "tunnel"
>;

/**
 * The system's ssh as fleet's flags want it, up to and with the host; what it is to run there can be appended.
 *
 * @param flags of them, `tunnel` is the host to jump through.
 * @param own further arguments of ssh.
 */
export function sshCommand(flags: SshFlags, { host, port }: SshHost, own: readonly string[] = []): readonly string[] {
  const jump =
    flags.tunnel === undefined
      ? []
      : ["-o", `ProxyCommand=${tunnelCommand(flags, flags.tunnel, ["-W", TARGET]).map(quoteForProxy).join(" ")}`];
  return ["ssh", ...optionsOf(flags), ...jump, ...(port === undefined ? [] : ["-p", String(port)]), ...own, "--", host];
}

/** The same for the tunnel's host itself. */
export function tunnelCommand(flags: SshFlags, tunnel: string, own: readonly string[]): readonly string[] {
  return sshCommand({ ...flags, tunnel: undefined }, parseSshHost(tunnel, "--tunnel"), own);
}

/**
 * fleet's known-hosts behaviour by ssh_config(5): a file of its own, unknown keys are asked about and then kept in
 * it, changed ones refused; without strict checking every key is taken and none kept.
 */
function optionsOf({ knownHostsFile, sshTimeoutMs, sshUsername, strictHostKeyChecking }: SshFlags): readonly string[] {
  const options = {
    User: sshUsername,
    ConnectTimeout: String(Math.max(1, Math.ceil(sshTimeoutMs / 1000))),
    ...(strictHostKeyChecking
      ? // fleet cannot read hashed names, which some distributions make the default.
        { UserKnownHostsFile: `"${withoutTokens(knownHostsFile)}"`, StrictHostKeyChecking: "ask", HashKnownHosts: "no" }
      : { UserKnownHostsFile: "/dev/null", StrictHostKeyChecking: "no", LogLevel: "ERROR" }),
  };
  return Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** What begins with `%` means something to ssh. */
function withoutTokens(path: string): string {
  return path.replaceAll("%", "%%");
}

/** For the shell that ssh runs a ProxyCommand with, after it has put in what its `%` stand for. */
function quoteForProxy(word: string): string {
  const escaped = word === TARGET ? word : withoutTokens(word);
  return `'${escaped.replaceAll("'", `'\\''`)}'`;
}
