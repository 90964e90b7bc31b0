import process from "node:process";
import { type Clock, type Logger, untilAborted } from "@flotilla/runtime";
import { parseUnitName } from "@flotilla/unit";
import { ChangeFeed } from "../change-feed.ts";
import type {
  JobReach,
  JobResult,
  KillRequest,
  ManagedUnit,
  SocketFacts,
  TimerFacts,
  TriggerReader,
  UnitControl,
  UnitManager,
} from "../port.ts";
import { Pace } from "./session/pace.ts";
import { SystemdLink } from "./session/systemd-link.ts";
import type { SystemdSession } from "./session/systemd-session.ts";
import { UnitFollower } from "./session/unit-follower.ts";
import { UnitTable } from "./session/unit-table.ts";
import type { InstallLinks } from "./units/install-links.ts";
import { killLeftovers } from "./units/leftovers.ts";
import { type OwnUnit, ownUnit, stopTriggers } from "./units/own-unit.ts";
import type { UnitDirectory } from "./units/unit-directory.ts";
import { socketFacts, timerFacts } from "./units/trigger-facts.ts";
import { UnitInspection } from "./units/unit-inspection.ts";
import { type UnitOperations, unitOperations } from "./unit-operations.ts";

export interface DbusUnitManagerParts {
  /** D-Bus address of the bus. */
  readonly address: string;
  /** systemd's own socket, used instead of the bus when it exists; empty for never. */
  readonly socket: string;
  readonly directory: UnitDirectory;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly callTimeoutMs: number;
}

/** The unit-manager port on a real systemd: puts the parts of this folder together. Made by `openDbusUnitManager`. */
export class DbusUnitManager implements UnitManager, UnitControl, TriggerReader {
  readonly #parts: DbusUnitManagerParts;
  readonly #feed = new ChangeFeed();
  readonly #units = new UnitTable(this.#feed);
  readonly #follower: UnitFollower;
  readonly #link: SystemdLink;
  readonly #pace: Pace;
  readonly #links: InstallLinks;
  readonly #operations: UnitOperations;
  readonly #inspection: UnitInspection;
  #searchPath: readonly string[] = [];

  constructor(parts: DbusUnitManagerParts) {
    this.#parts = parts;
    const { directory, clock, random, log, callTimeoutMs, address, socket } = parts;
    const [units, feed] = [this.#units, this.#feed];
    const session = (): SystemdSession => this.#link.session();
    const searchPath = (): readonly string[] => this.#searchPath;
    const onReloaded = (): void => void this.inspect().catch(() => {});
    this.#follower = new UnitFollower({ clock, random, callTimeoutMs, units, feed, onReloaded });
    this.#link = new SystemdLink({
      address,
      socket,
      clock,
      random,
      log,
      callTimeoutMs,
      events: this.#follower.events(),
      catchUp: (connection) => this.#catchUp(connection),
      onDown: (reason) => this.#follower.failJobs(reason),
    });
    this.#pace = new Pace(clock);
    this.#links = directory.installLinks();
    this.#operations = unitOperations({
      directory,
      links: this.#links,
      units,
      follower: this.#follower,
      pace: this.#pace,
      session,
      searchPath,
      log,
    });
    const { enabling, removal, reload } = this.#operations;
    this.#inspection = new UnitInspection({
      directory,
      units,
      links: this.#links,
      session,
      searchPath,
      removal,
      log,
      enable: (name) => enabling.enable(name),
      stop: (name) => this.stop(name),
      reload: () => reload.run(),
      openedAt: Date.now(),
    });
  }

  /** Reads the files that are in place, and connects. */
  async open(signal: AbortSignal): Promise<void> {
    const { files, orphans } = this.#parts.directory.open();
    for (const [name, text] of files) this.#units.setText(name, text);
    for (const name of orphans) this.#units.addOrphan(name);
    this.#links.open();
    await this.#link.open(signal);
    // An earlier version may have made other links, and an administrator may have removed some.
    const installed = [...files].filter(([, text]) => text.includes("[Install]")).map(([name]) => name);
    for (const name of new Set([...this.#links.units, ...installed]))
      await this.#operations.enabling.enable(name, signal);
    if (this.#operations.enabling.outdated.length > 0) await this.#operations.reload.run();
  }

  get connected(): boolean {
    return this.#link.up;
  }

  list(): ReadonlyMap<string, ManagedUnit> {
    return this.#units.units;
  }

  onChange(listener: (names: readonly string[]) => void): () => void {
    return this.#feed.subscribe(listener);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  async write(name: string, text: string, signal?: AbortSignal): Promise<void> {
    // A valid unit name has no slash, so that it is safe as a file name.
    parseUnitName(name);
    this.#link.session();
    await untilAborted([signal], () => this.#operations.placement.put(name, text));
    this.#operations.removal.written(name);
  }

  async needsReload(names: readonly string[], signal?: AbortSignal): Promise<boolean> {
    return await this.#operations.reload.isDue(names, signal);
  }

  async reload(signal?: AbortSignal): Promise<void> {
    await untilAborted([signal], () => this.#operations.reload.run());
  }

  async enable(name: string, signal?: AbortSignal): Promise<readonly string[]> {
    this.#link.session();
    return await this.#operations.enabling.enable(name, signal);
  }

  async load(name: string, signal?: AbortSignal): Promise<void> {
    const session = this.#link.session();
    await this.#pace.timed(() => this.#follower.list(session, [name], undefined, signal));
  }

  start(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#operations.jobs.run({ unit: name, method: "StartUnit", type: "start" }, signal);
  }

  stop(name: string, signal?: AbortSignal, reach?: JobReach): Promise<JobResult> {
    return this.#operations.jobs.run({ unit: name, method: "StopUnit", type: "stop", reach }, signal);
  }

  restart(name: string, signal?: AbortSignal, reach?: JobReach): Promise<JobResult> {
    return this.#operations.jobs.run({ unit: name, method: "RestartUnit", type: "restart", reach }, signal);
  }

  reloadUnit(name: string, signal?: AbortSignal): Promise<JobResult> {
    return this.#operations.jobs.run({ unit: name, method: "ReloadUnit", type: "reload" }, signal);
  }

  async kill(name: string, { signal: number, whom }: KillRequest, signal?: AbortSignal): Promise<void> {
    const session = this.#link.session();
    this.#units.assertKnown(name);
    await session.manager("KillUnit", "ssi", [name, whom, number], () => {}, signal);
  }

  async resetFailed(name: string, signal?: AbortSignal): Promise<void> {
    const session = this.#link.session();
    this.#units.assertKnown(name);
    await session.manager("ResetFailedUnit", "s", [name], () => {}, signal);
  }

  async timers(signal?: AbortSignal): Promise<readonly TimerFacts[]> {
    const now = { wall: this.#parts.clock.wall() * 1_000, monotonic: Number(process.hrtime.bigint() / 1_000n) };
    return await timerFacts(this.#link.session(), this.#namesOf(".timer"), now, signal);
  }

  async sockets(signal?: AbortSignal): Promise<readonly SocketFacts[]> {
    return await socketFacts(this.#link.session(), this.#namesOf(".socket"), signal);
  }

  async killLeftovers(name: string, signal?: AbortSignal): Promise<number> {
    const session = this.#link.session();
    const { clock, random } = this.#parts;
    return this.#units.units.has(name) ? await killLeftovers(session, name, { clock, random }, signal) : 0;
  }

  async remove(name: string, signal?: AbortSignal): Promise<boolean> {
    return await this.#operations.removal.remove(name, signal);
  }

  async inspect(mustEnd?: (name: string) => boolean): Promise<void> {
    await this.#inspection.inspect(mustEnd);
  }

  isMasked(name: string): boolean {
    return this.#parts.directory.isMasked(name, this.#searchPath);
  }

  /** Resolves when systemd answers. */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.#link.session().ping(signal);
  }

  /** Returns systemd's version, such as "252.39-1~deb12u2"; undefined if systemd does not tell it now. */
  async systemdVersion(signal?: AbortSignal): Promise<string | undefined> {
    return await this.#link
      .session()
      .version(signal)
      .catch(() => undefined);
  }

  /** See `ownUnit` in own-unit.ts. */
  async ownUnit(pid: number, signal?: AbortSignal): Promise<OwnUnit | undefined> {
    return await ownUnit(this.#link.session(), pid, signal);
  }

  /** See `stopTriggers` in own-unit.ts. */
  async stopTriggers(unit: OwnUnit): Promise<void> {
    await stopTriggers(this.#link.session(), unit);
  }

  #namesOf(suffix: string): readonly string[] {
    return [...this.#units.units.keys()].filter((name) => name.endsWith(suffix)).toSorted();
  }

  async #catchUp(session: SystemdSession): Promise<void> {
    this.#searchPath = await session.unitPath();
    await this.#follower.follow(session);
  }
}
