import type { Figure } from "./figure.ts";
import { SchedulerCluster } from "./scheduler-cluster.ts";
import type { Section } from "./section.ts";

const SIZES = [100, 1_000, 10_000, 50_000];

/** The number of machines for which there are limits. */
const LIMITED_SIZE = 10_000;

/** How often a short operation is repeated in each round. */
const TIMES = 50;

export const scheduler: Section = {
  name: "scheduler",
  about: "The scheduler alone, on one core: ten units a machine, with zones, conflicts, followers and timers",
  async measure({ rounds, progress }) {
    const figures: Figure[] = [];
    for (const machines of SIZES) {
      const samples = new Map<string, number[]>();
      for (let round = 1; round <= rounds; round++) {
        progress(`${machines} machines, round ${round} of ${rounds}`);
        measureOnce(machines, (name, value) => samples.set(name, [...(samples.get(name) ?? []), value]));
      }
      figures.push(...figuresOf(machines, samples));
    }
    return figures;
  },
};

type Take = (name: string, sample: number) => void;

function measureOnce(machines: number, take: Take): void {
  const demanding = new SchedulerCluster(machines, true);
  let placedAll: ReturnType<SchedulerCluster["decide"]> = [];
  const placingAll = busyMs(() => (placedAll = demanding.decide()));
  if (placedAll.length !== demanding.units)
    throw new Error(`${placedAll.length} of ${demanding.units} units were placed`);
  take("placed by all options", (placedAll.length / placingAll) * 1000);
  const cluster = new SchedulerCluster(machines);
  let placed: ReturnType<SchedulerCluster["decide"]> = [];
  const placing = busyMs(() => (placed = cluster.decide()));
  if (placed.length !== cluster.units) throw new Error(`${placed.length} of ${cluster.units} units were placed`);
  take("placed", (placed.length / placing) * 1000);
  cluster.write(placed);
  take(
    "writes seen",
    busyMs(() => cluster.decide()),
  );
  for (let time = 0; time < TIMES; time++) {
    take(
      "idle",
      elapsedMs(() => cluster.decide()),
    );
    take(
      "one",
      after(cluster, () => cluster.submit(`more-${time}.service`, "MachineMetadata=zone=zone-1")),
    );
    take(
      "apart",
      after(cluster, () => cluster.submit(`cache-0@more-${time}.service`, "Conflicts=cache-0@*")),
    );
    take(
      "follower",
      after(cluster, () => cluster.submit(`by-${time}.service`, "MachineOf=web-0.service")),
    );
  }
  for (let time = 0; time < TIMES; time++)
    take(
      "death",
      after(cluster, () => cluster.lose(time)),
    );
  for (let time = 0; time < TIMES; time++)
    take(
      "return",
      after(cluster, () => cluster.join(time)),
    );
  take(
    "new machine",
    after(cluster, () => cluster.join(machines)),
  );
  cluster.submit("nowhere.service", "MachineMetadata=zone=none");
  take(
    "refused",
    elapsedMs(() => cluster.decide()),
  );
  take(
    "explain",
    elapsedMs(() => cluster.explain("nowhere.service")),
  );
  cluster.forget();
  take(
    "full pass",
    busyMs(() => cluster.decide()),
  );
}

/** Returns the time of two passes: one after a change, and one that sees the first pass's writes. */
function after(cluster: SchedulerCluster, change: () => void): number {
  change();
  let decided: ReturnType<SchedulerCluster["decide"]> = [];
  const deciding = elapsedMs(() => (decided = cluster.decide()));
  cluster.write(decided);
  return deciding + elapsedMs(() => cluster.decide());
}

function elapsedMs(work: () => void): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

/** Returns this thread's CPU time, which other programs do not affect. It is too coarse for short operations. */
function busyMs(work: () => void): number {
  const begun = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1000;
}

function figuresOf(machines: number, samples: ReadonlyMap<string, readonly number[]>): Figure[] {
  const figure = (
    key: string,
    name: string,
    unit: string,
    limits: Pick<Figure, "atLeast" | "atMost"> = {},
  ): Figure => ({
    name: `${machines} machines: ${name}`,
    unit,
    samples: samples.get(key) ?? [],
    ...(machines === LIMITED_SIZE && limits),
  });
  return [
    figure("placed", "all units placed", "units/s", { atLeast: 50_000 }),
    figure("placed by all options", "all units placed, with all options in use", "units/s", { atLeast: 20_000 }),
    figure("writes seen", "the writes of all placements seen", "ms"),
    figure("idle", "a pass without changes", "ms"),
    figure("one", "one more unit", "ms", { atMost: 1 }),
    figure("apart", "one more unit with conflicts", "ms", { atMost: 1 }),
    figure("follower", "one more unit with MachineOf=", "ms", { atMost: 1 }),
    figure("death", "a machine dies", "ms", { atMost: 10 }),
    figure("return", "it returns", "ms"),
    figure("new machine", "a new machine joins", "ms"),
    figure("refused", "a unit that no machine can take", "ms"),
    figure("explain", "why a unit is unplaced", "ms"),
    figure("full pass", "a pass on the whole cluster", "ms"),
  ];
}
