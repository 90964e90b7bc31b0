import type { Host } from "../lab/index.ts";

/** What the daemons of some hosts did from one moment to another, as their hosts saw it. */
export interface Conduct {
  readonly seconds: number;
  /** Per host, what fleetd wrote into the journal as a warning or worse. */
  readonly complaints: ReadonlyMap<Host, readonly string[]>;
  /** Most such lines of one host. */
  readonly mostComplaints: number;
  /** Most connections that one host began in a second, on average. */
  readonly connectionsPerSecond: number;
}

/** Watches the daemons of some hosts; call the result to get what they did since. */
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
 * What was said more than once of the same thing: errors aside, which name now one member of etcd and now another.
 * That a member does not serve may be said twice, for a stream may end on what a call has already been through.
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
  // RFC 2012, tcpActiveOpens: each attempt to connect, answered or not. Nothing but fleetd uses TCP on these hosts.
  const attempts = /^Tcp: -?\d+ -?\d+ -?\d+ -?\d+ (\d+)/m.exec(snmp)?.[1];
  return { lines: stdout.split("\n").filter(Boolean), connections: Number(attempts) };
}

function difference(before: Look | undefined, after: Look | undefined): readonly string[] {
  return (after?.lines ?? []).slice(before?.lines.length ?? 0);
}
