import type { AdmittedHost } from "@flotilla/membership/client";
import { CommandError } from "../command-error.ts";
import { FLEET_CONF, withOptions } from "./fleet-conf.ts";
import type { HostChanges } from "./host-changes.ts";
import type { LocalHost } from "./local-host.ts";
import { secretsKeyPath } from "./require-host.ts";

/** Only root reads keys and passwords. */
const SECRET = 0o600;

/** Writes the files that the cluster's servers use to reach etcd, and the options that name them. */
export async function writeStoreAccess(
  changes: HostChanges,
  text: string,
  { options, files }: NonNullable<AdmittedHost["store"]>,
): Promise<void> {
  const paths: Record<string, string> = {};
  for (const [option, content] of Object.entries(files)) {
    if (!/^etcd_[a-z]+$/.test(option)) throw new CommandError(`cannot use the server's answer: unknown file ${option}`);
    const path = `/etc/fleet/${option.replace("_", "-")}.pem`;
    await changes.write(path, content, SECRET);
    paths[option] = path;
  }
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...options, ...paths })) set[name] = quoted(name, value);
  // The password of etcd is one of the options.
  await changes.write(FLEET_CONF, withOptions(text, set, ["servers"]), SECRET);
}

/**
 * Writes the key of the cluster's secrets. A key that the host has is kept if it is the same: it may be all that is left
 * of another cluster's secrets.
 * @returns what to tell people; undefined if the host has the key.
 * @throws CommandError if the host has another key.
 */
export async function writeSecretsKey(
  host: Pick<LocalHost, "read">,
  changes: HostChanges,
  text: string,
  key: string | undefined,
): Promise<string | undefined> {
  const path = secretsKeyPath(text);
  if (key === undefined)
    return `the server does not have the key of the cluster's secrets; copy ${path} from a server that has it, with mode 600`;
  const present = await host.read(path);
  if (present !== undefined && present.trim() !== key.trim())
    throw new CommandError(
      `cannot join as a server: ${path} has the key of another cluster's secrets; move the file away, and keep it if that cluster exists`,
    );
  if (present === undefined) await changes.write(path, key, SECRET);
  return undefined;
}

/** Quotes values in which the format of fleet.conf would see a comment. */
function quoted(name: string, value: string): string {
  if (!/^etcd_[a-z_]+$/.test(name) || /["\n]/.test(value.replace(/^\[.*\]$/s, "")))
    throw new CommandError(`cannot use the server's answer: ${name} cannot be written to ${FLEET_CONF}`);
  return value.startsWith("[") ? value : `"${value}"`;
}
