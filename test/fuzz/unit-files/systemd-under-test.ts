import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Host, Lab } from "../../lab/index.ts";

/** How systemd read a unit file. */
export interface SystemdReading {
  /** The unit's name. */
  readonly name: string;
  /** Whether systemd loaded the file. */
  readonly isLoaded: boolean;
  /** The messages about the file in the journal. */
  readonly complaints: readonly string[];
  /** The values that systemd's dump shows for each option, in the order of the file. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** The systemd of a lab host, which reads unit files for comparison. */
export interface SystemdUnderTest extends AsyncDisposable {
  /**
   * Has systemd read unit files, and removes them again.
   * @param texts the content of each unit file.
   */
  read(texts: readonly string[]): Promise<readonly SystemdReading[]>;
}

/** A drop-in for services named fuzz-*: it adds what every service needs, whatever its file says. */
const START = "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/true\n";

/** Disables journald's rate limit: systemd logs thousands of complaints a second here. */
const ALL_MESSAGES = "[Journal]\nRateLimitIntervalSec=0\n";

export async function openSystemd(): Promise<SystemdUnderTest> {
  const lab = await Lab.boot({
    hosts: 1,
    install: ({ disk }) => disk.write("/etc/systemd/journald.conf.d/all.conf", ALL_MESSAGES),
  });
  const [host] = lab.hosts;
  if (!host) throw new Error("the lab has no host");
  let batch = 0;
  return {
    read: (texts) => read(host, `fuzz-${(batch += 1)}`, texts),
    [Symbol.asyncDispose]: () => lab.down(),
  };
}

async function read(host: Host, prefix: string, texts: readonly string[]): Promise<readonly SystemdReading[]> {
  const directory = `/proc/${host.leader}/root/run/systemd/system`;
  await mkdir(join(directory, "fuzz-.service.d"), { recursive: true });
  await writeFile(join(directory, "fuzz-.service.d/start.conf"), START);
  const names = texts.map((_, index) => `${prefix}-${index}.service`);
  const anchor = `${prefix}-anchor.target`;
  await Promise.all(texts.map((text, index) => writeFile(join(directory, names[index] ?? ""), text)));
  // Once read, a unit stays loaded in systemd because an active unit refers to it.
  await writeFile(join(directory, anchor), `[Unit]\nDefaultDependencies=no\nAfter=${names.join(" ")}\n`);
  await host.run(["systemctl", "start", anchor]);
  const dump = (await host.run(["systemd-analyze", "dump", `${prefix}-*.service`])).stdout;
  await host.run(["journalctl", "--sync"]);
  const complaints = await complaintsOf(host, prefix);
  await host.run(["systemctl", "stop", anchor]);
  await Promise.all([...names, anchor].map((name) => rm(join(directory, name))));
  const units = new Map(dump.split(/^-> Unit /m).map((unit) => [unit.slice(0, unit.indexOf(":")), unit]));
  return names.map((name) => readingOf(name, units.get(name), complaints.get(name) ?? []));
}

/** How systemd's dump shows each option. It shows lists in reverse order. */
const SHOWN = {
  Description: /^\tDescription: (.*)$/gm,
  ConditionHost: /^\tConditionHost: (.*) untested$/gm,
  UtmpIdentifier: /^\tUtmpIdentifier: (.*)$/gm,
  Restart: /^\tRestart: (.*)$/gm,
  PAMName: /^\tPAMName: (.*)$/gm,
} as const;

function readingOf(name: string, dumped: string | undefined, complaints: readonly string[]): SystemdReading {
  if (dumped === undefined) throw new Error(`systemd's dump does not have ${name}`);
  const values = Object.entries(SHOWN).map(([option, pattern]) => {
    // Split at newlines only: "." and "$" would also stop at Unicode line separators, which are part of a value here.
    const found = dumped.split("\n").flatMap((line) => valueIn(line, pattern));
    return [option, found.toReversed()] as const;
  });
  return { name, isLoaded: /^\tUnit Load State: loaded$/m.test(dumped), complaints, values: new Map(values) };
}

function valueIn(line: string, pattern: RegExp): readonly string[] {
  const [, value] = new RegExp(pattern.source, "s").exec(line) ?? [];
  return value === undefined ? [] : [value];
}

interface JournalLine {
  readonly UNIT?: string;
  /** Text, or bytes if the message is not printable. */
  readonly MESSAGE: string | readonly number[];
}

async function complaintsOf(host: Host, prefix: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const command = ["journalctl", "--boot", "--all", "--no-pager", "--output=json", "--output-fields=MESSAGE,UNIT"];
  const { stdout } = await host.run([...command, "--priority=warning", "_PID=1"]);
  const messages = new Map<string, string[]>();
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const { UNIT, MESSAGE } = JSON.parse(line) as JournalLine;
    if (!UNIT?.startsWith(`${prefix}-`)) continue;
    const message = typeof MESSAGE === "string" ? MESSAGE : Buffer.from(MESSAGE).toString("utf8");
    messages.set(UNIT, [...(messages.get(UNIT) ?? []), message.replace(/^\S+:(?=\d+: )/, "line ")]);
  }
  return messages;
}
