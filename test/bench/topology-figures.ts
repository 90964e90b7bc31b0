import type { Figure } from "./figure.ts";
import type { Run } from "./topology.ts";

/** The figures of a run, each with its size in its name. */
export function figuresOf(run: Run, size: string): Figure[] {
  const { perSecond, cost, used, single, atRest, memory, data } = run;
  const one = (name: string, unit: string, sample: number): Figure => ({
    name: `${name}, ${size}`,
    unit,
    samples: [sample],
  });
  return [
    one("submitted to active", "units/s", perSecond),
    { name: `start to active, one unit, ${size}`, unit: "ms", samples: single },
    one("store calls", "a unit", cost.calls),
    one("keys written", "a unit", cost.keysWritten),
    one("fsyncs", "a unit", cost.fsyncs),
    one("watch events", "a unit", cost.eventsSent),
    one("bytes to and from etcd", "a unit", cost.bytes),
    one("processor time of servers", "ms a unit", used.servers),
    one("processor time of agents", "ms a unit", used.agents),
    one("processor time of etcd", "ms a unit", used.etcd),
    one("servers at rest", "% of a core", atRest.servers / 10),
    one("agents at rest", "% of a core", atRest.agents / 10),
    one("etcd at rest", "% of a core", atRest.etcd / 10),
    one("etcd's memory", "MB", memory.etcd),
    one("etcd's data", "MB", data),
    one("the leading server's memory", "MB", memory.leader),
    ...(memory.other === undefined ? [] : [one("another server's memory", "MB", memory.other)]),
    one("agents' memory, all", "MB", memory.agents),
  ];
}
