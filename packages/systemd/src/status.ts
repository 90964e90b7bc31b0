import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { isUnitName, parseUnitName } from "@flotilla/unit";
import { ReaderError } from "./reader-error.ts";
import { HostUnitError } from "./unit-manager-error.ts";

export interface StatusOptions {
  /** Ask a user's own systemd in place of the machine's. */
  readonly user?: boolean;
  /** How long systemctl may take, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

export interface UnitStatus {
  /** What `systemctl status` printed. */
  readonly text: string;
  /** Its exit status: 0 active, 3 not active, 4 no such unit (systemctl(1), after the LSB). */
  readonly exitCode: number;
}

const TIME_LIMIT_MS = 10_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/**
 * What `systemctl status` says of a unit of the cluster's on this machine.
 * @throws HostUnitError when the unit of this name is the host's; ReaderError when systemctl cannot be run or does
 *   not end in time; UnitNameError for a bad name; the signal's reason.
 */
export async function readStatus(name: string, options: StatusOptions, signal: AbortSignal): Promise<UnitStatus> {
  parseUnitName(name);
  signal.throwIfAborted();
  const origin = await systemctl("show", ["--property=LoadState,FragmentPath"], [name], options, signal);
  const where = await hostOriginIn(origin.text, name);
  if (where !== undefined) throw new HostUnitError(name, where);
  return await systemctl("status", ["--no-pager", "--full"], [name], options, signal);
}

/**
 * Of these units, those that are not the host's: systemd has loaded them from the cluster's files, or not at all.
 * What is no unit's name is passed over.
 * @throws ReaderError when systemctl cannot be run or does not end in time; the signal's reason.
 */
export async function clusterUnits(
  candidates: readonly string[],
  options: StatusOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = candidates.filter(isUnitName);
  if (names.length === 0) return [];
  const { text } = await systemctl("show", ["--property=LoadState,FragmentPath"], names, options, signal);
  // One block a unit, in the order in which they were asked for.
  const blocks = text.trim().split("\n\n");
  const origins = await Promise.all(names.map((name, index) => hostOriginIn(blocks[index] ?? "", name)));
  return names.filter((_, index) => origins[index] === undefined);
}

/**
 * Where the host has a unit from that systemd has loaded under this name; undefined when it has none, or the
 * cluster's. The file that the cluster's link leads to lies in a directory fleet/units, root's or a user's.
 */
async function hostOriginIn(shown: string, name: string): Promise<string | undefined> {
  const [loadState = "", fragment = ""] = ["LoadState", "FragmentPath"].map((property) =>
    new RegExp(`^${property}=(.*)$`, "m").exec(shown)?.[1]?.trim(),
  );
  if (fragment === "") return ["", "not-found"].includes(loadState) ? undefined : "loaded in systemd";
  // A file that is gone is none of the host's; of the cluster's, what it made may still run.
  const file = await realpath(fragment).catch(() => undefined);
  return file === undefined || file.endsWith(`/fleet/units/${name}`) ? undefined : fragment;
}

async function systemctl(
  verb: string,
  flags: readonly string[],
  names: readonly string[],
  { user, timeoutMs = TIME_LIMIT_MS }: StatusOptions,
  signal: AbortSignal,
): Promise<UnitStatus> {
  const args = [...(user === true ? ["--user"] : []), verb, ...flags, "--", ...names];
  const limits = { signal, timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: MAX_OUTPUT_BYTES } as const;
  return await new Promise<UnitStatus>((resolve, reject) => {
    execFile("systemctl", args, limits, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (error === null) resolve({ text: stdout + stderr, exitCode: 0 });
      else if (typeof error.code === "number") resolve({ text: stdout + stderr, exitCode: error.code });
      else if (error.killed === true)
        reject(new ReaderError(`systemctl ${verb} ${names.join(" ")} did not end within ${timeoutMs} ms.`));
      else reject(new ReaderError(`systemctl cannot be run: ${error.message}`, { cause: error }));
    });
  });
}
