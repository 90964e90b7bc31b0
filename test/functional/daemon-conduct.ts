import type { Host } from "../lab/index.ts";

/** What the daemons of some hosts did in a period, as seen from their hosts. */
export interface Conduct {
  readonly seconds: number;
  /** For each host, the journal lines of fleetd with priority warning or higher. */
  readonly complaints: ReadonlyMap<Host, readonly string[]>;
  /** The most such lines on one host. */
  readonly mostComplaints: number;
  /** The most connections that one host opened per second, on average. */
  readonly connectionsPerSecond: number;
}

/** Starts to watch the daemons of some hosts; call the result to get what they did since then. */
export async function watchConduct(hosts: readonly Host[]): Promise<() => Promise<Conduct>> {
  const look = (): Promise<readonly Look[]> => Promise.all(hosts.map(lookAt));
  const before = await look();
  const since = performance.now();
  return async () => {
    const seconds = (performance.now() - since) / 1000;
    const after = await look();
    const complaints = new Map(hosts.map((host, index) => [host, difference(before[index], after[index])]));
    const connections = hosts.map((_, index) => (after[index]?.connections ?? 0) - (before[index]?.connections ?? 0));
    return {
      seconds,
      complaints,
      mostComplaints: Math.max(...[...complaints.values()].map(({ length }) => length)),
      connectionsPerSecond: Math.max(...connections) / seconds,
    };
  };
}

/**
 * Returns the messages that were logged more than once, without their errors, which name different members of etcd.
 * A message that a member does not serve may appear twice: once for a call, once for a stream.
 */
export function repeated(lines: readonly string[]): readonly string[] {
  const subjects = lines.map((line) => line.replace(/ (error|cause)=.*/, ""));
  const counts = Map.groupBy(subjects, (subject) => subject);
  return [...counts].flatMap(([subject, { length }]) => {
    const most = subject.startsWith("etcd does not serve") ? 2 : 1;
    return length > most ? [`${length} times: ${subject}`] : [];
  });
}

interface Look {
  readonly lines: readonly string[];
  readonly connections: number;
}

async function lookAt(host: Host): Promise<Look> {
  const journal = ["journalctl", "--unit=fleet.service", "--priority=warning", "--output=cat", "--no-pager"];
  const [{ stdout }, snmp] = await Promise.all([host.run(journal), host.readFile("/proc/net/snmp")]);
  // RFC 2012, tcpActiveOpens: each attempt to connect, answered or not. Only fleetd uses TCP on these hosts.
  const attempts = /^Tcp: -?\d+ -?\d+ -?\d+ -?\d+ (\d+)/m.exec(snmp)?.[1];
  return { lines: stdout.split("\n").filter(Boolean), connections: Number(attempts) };
}

function difference(before: Look | undefined, after: Look | undefined): readonly string[] {
  return (after?.lines ?? []).slice(before?.lines.length ?? 0);
}
