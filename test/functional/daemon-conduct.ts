import type { Host } from "../lab/index.ts";

/** What the daemons of some hosts did in a period, as observed on their hosts. */
export interface Conduct {
  readonly seconds: number;
  /** fleetd's journal lines with priority warning or higher, by host. */
  readonly complaints: ReadonlyMap<Host, readonly string[]>;
  /** The number of such lines on the host with the most of them. */
  readonly mostComplaints: number;
  /** The average number of connections per second that the busiest host opened. */
  readonly connectionsPerSecond: number;
}

/** Starts to observe the daemons of some hosts. The returned function resolves to what they have done since then. */
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
 * Returns the messages that were logged more than once, without their errors, which name different members of etcd. The
 * message that a member does not serve may appear twice: for a call and for a stream.
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
  // RFC 2012, tcpActiveOpens: all attempts to connect. On these hosts, only fleetd uses TCP.
  const attempts = /^Tcp: -?\d+ -?\d+ -?\d+ -?\d+ (\d+)/m.exec(snmp)?.[1];
  return { lines: stdout.split("\n").filter(Boolean), connections: Number(attempts) };
}

function difference(before: Look | undefined, after: Look | undefined): readonly string[] {
  return (after?.lines ?? []).slice(before?.lines.length ?? 0);
}
