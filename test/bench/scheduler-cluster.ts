import { type Assignment, type ClusterSnapshot, EMPTY_ATTENDANCE, type Machine, type Unit } from "@flotilla/model";
import { type Decision, NO_TIME, Scheduler } from "@flotilla/schedule";
import { parseUnitFile, requirementsOf } from "@flotilla/unit";

const ZONES = 5;
const UNITS_A_MACHINE = 10;

/** A cluster in memory and a scheduler that receives its changes, without a store and agents. */
export class SchedulerCluster {
  readonly #machines = new Map<string, Machine>();
  readonly #units = new Map<string, Unit>();
  readonly #assignments = new Map<string, Map<string, Assignment>>();
  readonly #assignmentsOn = new Map<string, Map<string, Assignment>>();
  readonly #files = new Map<string, Pick<Unit, "file" | "digest" | "hash">>();
  readonly snapshot: ClusterSnapshot = {
    revision: 0,
    machines: this.#machines,
    units: this.#units,
    assignments: this.#assignments,
    assignmentsOn: this.#assignmentsOn,
    unreadable: new Set(),
    settings: new Map(),
    states: new Map(),
    secrets: new Map(),
    attempts: new Map(),
    histories: new Map(),
    leader: undefined,
    attendance: EMPTY_ATTENDANCE,
  };
  #scheduler = new Scheduler();
  #revision = 0;

  /** @param usesAll whether the units use all options of placement, rather than those that most units use. */
  constructor(machines: number, usesAll = false) {
    for (let index = 0; index < machines; index++) this.join(index);
    for (let index = 0; index < machines * UNITS_A_MACHINE; index++)
      this.submit(...(usesAll ? demandingUnitAt(index) : unitAt(index)));
  }

  get units(): number {
    return this.#units.size;
  }

  join(index: number): void {
    this.#revision += 1;
    const id = idOf(index);
    const metadata = { zone: `zone-${index % ZONES}`, disk: index % 3 === 0 ? "ssd" : "hdd" };
    const capacity = { cpus: 8, memoryBytes: 32e9, diskBytes: 1e12 };
    const machine = {
      id,
      metadata,
      primaryIP: "",
      version: "",
      peerPort: 0,
      bootID: "",
      capacity,
      joined: this.#revision,
    };
    this.#machines.set(id, machine);
    this.#scheduler.note({ kind: "machine", machineID: id });
  }

  lose(index: number): void {
    this.#machines.delete(idOf(index));
    this.#scheduler.note({ kind: "machine", machineID: idOf(index) });
  }

  /**
   * Adds a unit to launch.
   * @param xFleet lines of its [X-Fleet] section.
   */
  submit(name: string, ...xFleet: readonly string[]): void {
    this.#revision += 1;
    const { file, ...digests } = this.#fileWith(xFleet);
    const requirements = requirementsOf(name, file.options);
    const wanted = { desired: "launched", restart: 0, secrets: 0, stoppedAt: 0 } as const;
    this.#units.set(name, { name, ...digests, ...wanted, file, requirements, revision: this.#revision });
    this.#scheduler.note({ kind: "unit", unit: name });
  }

  /** Returns the scheduler's next decisions. */
  decide(): readonly Decision[] {
    return this.#scheduler.decide(this.snapshot, NO_TIME).toWrite;
  }

  explain(unit: string): readonly string[] {
    return this.#scheduler.explain(unit);
  }

  /** Makes the next pass decide on the whole cluster. */
  forget(): void {
    this.#scheduler = new Scheduler();
  }

  /** Applies decisions as the engine would, but without a store. */
  write(decisions: readonly Decision[]): void {
    for (const write of decisions.flatMap(({ writes }) => writes)) {
      if (write.action !== "assign" && write.action !== "unassign") continue;
      this.#revision += 1;
      const { unit, machineID } = write;
      const [since, revision] = [this.#assignments.get(unit)?.get(machineID)?.since ?? this.#revision, this.#revision];
      const assignment = write.action === "assign" ? { unit, machineID, ...write.record, since, revision } : undefined;
      set(this.#assignments, unit, machineID, assignment);
      set(this.#assignmentsOn, machineID, unit, assignment);
      this.#scheduler.note({ kind: "assignment", unit, machineID });
    }
  }

  #fileWith(xFleet: readonly string[]): Pick<Unit, "file" | "digest" | "hash"> {
    const text = ["[Service]", "ExecStart=/bin/sleep 1000", "[X-Fleet]", ...xFleet, ""].join("\n");
    const known = this.#files.get(text);
    if (known) return known;
    const made = { file: parseUnitFile(text), digest: text, hash: text };
    this.#files.set(text, made);
    return made;
  }
}

/**
 * Returns the name and [X-Fleet] lines of a unit. Of ten units, three require a zone, two a zone with fast disks, two
 * are instances that conflict, one has MachineOf=, one is a timer, and one has no requirements.
 */
function unitAt(index: number): readonly [name: string, ...xFleet: string[]] {
  const group = Math.floor(index / 200);
  const zone = `MachineMetadata=zone=zone-${group % ZONES}`;
  switch (index % 10) {
    case 0:
    case 1:
    case 2:
      return [`web-${index}.service`, zone];
    case 3:
    case 4:
      return [`db-${index}.service`, zone, "MachineMetadata=disk=ssd"];
    case 5:
    case 6:
      return [`cache-${group}@${index}.service`, `Conflicts=cache-${group}@*`];
    case 7:
      return [`sidekick-${index}.service`, `MachineOf=web-${index - 7}.service`];
    case 8:
      return [`web-${index - 7}.timer`];
    default:
      return [`job-${index}.service`];
  }
}

/**
 * Returns the name and [X-Fleet] lines of a unit that uses the options for reservations, wishes and priorities, beside those
 * of `unitAt`. The units fill four fifths of the machines' memory.
 */
function demandingUnitAt(index: number): readonly [name: string, ...xFleet: string[]] {
  const [name, ...lines] = unitAt(index);
  const group = Math.floor(index / 200);
  const reserves = [`MemoryReserve=${1 + (index % 4)}G`, `CPUReserve=0.${1 + (index % 7)}`, `Priority=${index % 3}`];
  switch (index % 10) {
    case 0:
    case 1:
      return [name, ...lines, ...reserves, "Prefers=20 disk=ssd", `Avoids=db-${index + 3}.service`];
    case 2:
      return [`app-${group}@${index}.service`, ...reserves, "SpreadBy=zone", "MaxPerMachine=2", "Preempts=true"];
    case 3:
    case 4:
      return [name, ...lines, ...reserves.slice(0, 2), "Priority=9", "SpreadBy=zone", "NeverMoves=true"];
    case 5:
    case 6:
      return [name, ...lines, ...reserves, `Avoids=cache-*`];
    case 7:
      return [name, ...lines];
    case 8:
      return [name];
    default:
      return [`job-${index}.service`, ...reserves, "Strategy=pack"];
  }
}

/** Returns a machine ID. Like real ones, the IDs are not in the order in which the machines joined. */
function idOf(index: number): string {
  const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return mixed.toString(16).padStart(8, "0").repeat(4);
}

function set<T>(maps: Map<string, Map<string, T>>, outer: string, inner: string, value: T | undefined): void {
  const map = maps.get(outer) ?? new Map<string, T>();
  if (value !== undefined) maps.set(outer, map.set(inner, value));
  else if (map.delete(inner) && map.size === 0) maps.delete(outer);
}
