import type { Clock } from "@flotilla/runtime";
import { BusConnection, type BusSignal } from "../wire/bus-connection.ts";
import { type Properties, asArray, asProperties, asString, variantValue } from "./decode.ts";
import { UNIT_NAMESPACE } from "./object-path.ts";
import type { ChangedProperties, PropertyFilter, PropertySignal } from "../wire/property-signal.ts";
import { unlessRefused } from "./unless-refused.ts";

export interface SessionOptions {
  readonly address: string;
  /** True when systemd itself listens at the address instead of a bus. */
  readonly isDirect: boolean;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
}

/** What systemd's signals report, in systemd's order. */
export interface SessionEvents {
  jobRemoved(path: string, unit: string, result: string): void;
  /** Which units' properties are followed. */
  readonly properties: PropertyFilter;
  propertiesChanged(objectPath: string, changed: ChangedProperties): void;
  unitRemoved(name: string): void;
  /** A daemon-reload or daemon-reexec has begun, or ended. */
  reloading(active: boolean): void;
  /** systemd has left the bus, or has come back after a re-execution or a loss. */
  ownerChanged(present: boolean): void;
}

const BUS = "org.freedesktop.DBus";
const SYSTEMD = "org.freedesktop.systemd1";
const PROPERTIES = "org.freedesktop.DBus.Properties";
const MANAGER_PATH = "/org/freedesktop/systemd1";

/** All match rules of a connection; one for each unit would exceed the bus's limit. */
const MATCH_RULES = [
  `type='signal',sender='${BUS}',member='NameOwnerChanged',arg0='${SYSTEMD}'`,
  `type='signal',sender='${SYSTEMD}',interface='${SYSTEMD}.Manager',member='JobRemoved'`,
  `type='signal',sender='${SYSTEMD}',interface='${SYSTEMD}.Manager',member='UnitRemoved'`,
  `type='signal',sender='${SYSTEMD}',interface='${SYSTEMD}.Manager',member='Reloading'`,
  `type='signal',sender='${SYSTEMD}',interface='${PROPERTIES}',path_namespace='${UNIT_NAMESPACE}'`,
];

/** The signals that are followed, besides PropertiesChanged; systemd's own socket sends others too. */
const SIGNALS: ReadonlySet<string> = new Set(["NameOwnerChanged", "JobRemoved", "UnitRemoved", "Reloading"]);

/** One connection to systemd, with systemd's methods by name and its signals as events. */
export class SystemdSession {
  readonly #connection: BusConnection;
  readonly #isDirect: boolean;
  /** systemd's unique name on the bus; a signal from any other sender is forged. */
  #owner = "";

  private constructor(connection: BusConnection, isDirect: boolean) {
    this.#connection = connection;
    this.#isDirect = isDirect;
  }

  /** Connects, and subscribes to systemd's signals before any other call. */
  static async open(options: SessionOptions, events: SessionEvents, signal: AbortSignal): Promise<SystemdSession> {
    let listener: SystemdSession | undefined;
    const onSignal = (message: BusSignal): void => {
      if (listener !== undefined) listener.#receive(message, events);
    };
    const onPropertiesChanged = (message: PropertySignal): void => {
      if (listener !== undefined) listener.#receiveProperties(message, events);
    };
    const signals = { members: SIGNALS, onSignal, properties: events.properties, onPropertiesChanged };
    const connection = await BusConnection.open({ ...options, signals }, signal);
    const session = new SystemdSession(connection, options.isDirect);
    listener = session;
    try {
      if (!options.isDirect) {
        const matches = MATCH_RULES.map((rule) => session.#bus("AddMatch", rule, () => {}, signal));
        await Promise.all([...matches, session.#findOwner(signal)]);
      }
      await session.subscribe(signal);
      return session;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get lost(): AbortSignal {
    return this.#connection.lost;
  }

  close(): void {
    this.#connection.close();
  }

  /** See BusConnection.abandon. */
  abandon(why: string): void {
    this.#connection.abandon(why);
  }

  /** systemd sends no signals to the bus until a client has subscribed (org.freedesktop.systemd1(5)). */
  async subscribe(signal?: AbortSignal): Promise<void> {
    await this.manager("Subscribe", "", [], () => {}, signal);
  }

  /** Calls a method of systemd's Manager object; see BusConnection.call for `read` and the errors. */
  manager<T>(
    member: string,
    signature: string,
    body: readonly unknown[],
    read: (body: readonly unknown[]) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const call = { destination: SYSTEMD, path: MANAGER_PATH, interface: `${SYSTEMD}.Manager`, member, signature, body };
    return this.#connection.call(call, read, signal);
  }

  /** Reads one property of an object. `kind` is the last part of the interface's name, such as Unit or Service. */
  property<T>(path: string, kind: string, name: string, read: (value: unknown) => T, signal?: AbortSignal): Promise<T> {
    const body = [`${SYSTEMD}.${kind}`, name];
    const call = { destination: SYSTEMD, path, interface: PROPERTIES, member: "Get", signature: "ss", body };
    return this.#connection.call(call, ([variant]) => read(variantValue(variant)), signal);
  }

  /** Reads every property of one interface of an object: hundreds, so that only failures are looked up this way. */
  properties(path: string, kind: string, signal?: AbortSignal): Promise<Properties> {
    const body = [`${SYSTEMD}.${kind}`];
    const call = { destination: SYSTEMD, path, interface: PROPERTIES, member: "GetAll", signature: "s", body };
    return this.#connection.call(call, ([all]) => asProperties(all), signal);
  }

  /** The directories that systemd searches for unit files; the first file found counts (systemd.unit(5)). */
  unitPath(signal?: AbortSignal): Promise<readonly string[]> {
    return this.property(MANAGER_PATH, "Manager", "UnitPath", (value) => asArray(value).map(asString), signal);
  }

  version(signal?: AbortSignal): Promise<string> {
    return this.property(MANAGER_PATH, "Manager", "Version", asString, signal);
  }

  /** When systemd last read all unit files, in milliseconds since the epoch; 0 before systemd 250, which has no such property. */
  async unitsLoadedAt(signal?: AbortSignal): Promise<number> {
    const read = (value: unknown): number => Number(value) / 1_000;
    return (await unlessRefused(this.property(MANAGER_PATH, "Manager", "UnitsLoadTimestamp", read, signal))) ?? 0;
  }

  /** Fails unless systemd answers. */
  async ping(signal?: AbortSignal): Promise<void> {
    const call = { destination: SYSTEMD, path: MANAGER_PATH, interface: `${BUS}.Peer`, member: "Ping" };
    await this.#connection.call(call, () => {}, signal);
  }

  #findOwner(signal: AbortSignal): Promise<void> {
    const remember = ([owner]: readonly unknown[]): void => {
      this.#owner = asString(owner);
    };
    return this.#bus("GetNameOwner", SYSTEMD, remember, signal);
  }

  #bus<T>(member: string, argument: string, read: (body: readonly unknown[]) => T, signal: AbortSignal): Promise<T> {
    const call = { destination: BUS, path: "/org/freedesktop/DBus", interface: BUS, member, signature: "s" };
    return this.#connection.call({ ...call, body: [argument] }, read, signal);
  }

  #isSystemd(sender: string): boolean {
    return this.#isDirect || sender === this.#owner;
  }

  #receiveProperties({ sender, path, changed }: PropertySignal, events: SessionEvents): void {
    if (this.#isSystemd(sender)) events.propertiesChanged(path, changed);
  }

  #receive({ sender, member, body }: BusSignal, events: SessionEvents): void {
    if (!this.#isDirect && sender === BUS && member === "NameOwnerChanged" && body[0] === SYSTEMD) {
      this.#owner = asString(body[2]);
      events.ownerChanged(this.#owner !== "");
      return;
    }
    if (!this.#isSystemd(sender)) return;
    if (member === "JobRemoved") events.jobRemoved(asString(body[1]), asString(body[2]), asString(body[3]));
    else if (member === "UnitRemoved") events.unitRemoved(asString(body[0]));
    else if (member === "Reloading") events.reloading(body[0] === true);
  }
}
