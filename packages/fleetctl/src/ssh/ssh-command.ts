import type { GlobalFlags } from "../arguments/global-flags.ts";
import { parseSshHost, type SshHost } from "./tunnel-host.ts";

/** The destination of a ProxyCommand: ssh substitutes host and port. */
const TARGET = "[%h]:%p";

type SshFlags = Pick<
  GlobalFlags,
  "knownHostsFile" | "sshTimeoutMs" | "sshUsername" | "strictHostKeyChecking" | "tunnel"
>;

/**
 * The system's ssh with options from fleet's flags, up to the host; a remote command can be appended.
 *
 * @param flags with `tunnel` as the host to jump through.
 * @param own further arguments for ssh.
 */
export function sshCommand(flags: SshFlags, { host, port }: SshHost, own: readonly string[] = []): readonly string[] {
  const jump =
    flags.tunnel === undefined
      ? []
      : ["-o", `ProxyCommand=${tunnelCommand(flags, flags.tunnel, ["-W", TARGET]).map(quoteForProxy).join(" ")}`];
  return ["ssh", ...optionsOf(flags), ...jump, ...(port === undefined ? [] : ["-p", String(port)]), ...own, "--", host];
}

/** The ssh command for the tunnel's host itself. */
export function tunnelCommand(flags: SshFlags, tunnel: string, own: readonly string[]): readonly string[] {
  return sshCommand({ ...flags, tunnel: undefined }, parseSshHost(tunnel, "--tunnel"), own);
}

/**
 * fleet's handling of host keys in terms of ssh_config(5). A separate file keeps the keys, ssh asks about unknown ones,
 * and refuses changed ones. Without strict checking, ssh accepts every key and keeps none.
 */
function optionsOf({ knownHostsFile, sshTimeoutMs, sshUsername, strictHostKeyChecking }: SshFlags): readonly string[] {
  const options = {
    User: sshUsername,
    ConnectTimeout: String(Math.max(1, Math.ceil(sshTimeoutMs / 1000))),
    ...(strictHostKeyChecking
      ? // fleet cannot read hashed names, which are the default of some distributions.
        { UserKnownHostsFile: `"${withoutTokens(knownHostsFile)}"`, StrictHostKeyChecking: "ask", HashKnownHosts: "no" }
      : { UserKnownHostsFile: "/dev/null", StrictHostKeyChecking: "no", LogLevel: "ERROR" }),
  };
  return Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** ssh expands `%` tokens in paths. */
function withoutTokens(path: string): string {
  return path.replaceAll("%", "%%");
}

/** Quotes a word for the shell of ssh's ProxyCommand, after ssh's `%` expansion. */
function quoteForProxy(word: string): string {
  const escaped = word === TARGET ? word : withoutTokens(word);
  return `'${escaped.replaceAll("'", `'\\''`)}'`;
}
