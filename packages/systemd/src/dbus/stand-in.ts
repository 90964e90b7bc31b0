import dbus, { type Message, type MessageBus } from "dbus-next";
import { unitObjectPath } from "./object-path.ts";

const SYSTEMD = "org.freedesktop.systemd1";

type Answer = readonly [signature: string, ...body: unknown[]];

/**
 * On a bus, in systemd's place and name: takes every job and ends it at once. It has nothing to run, which is enough for
 * a rehearsal of those who talk to systemd.
 */
export class StandInSystemd {
  readonly #bus: MessageBus;
  readonly #active = new Set<string>();
  #jobs = 0;

  private constructor(bus: MessageBus) {
    this.#bus = bus;
    bus.addMethodHandler((message: Message) => {
      const [signature, ...body] = this.#answer(message) ?? [];
      if (signature !== undefined) bus.send(dbus.Message.newMethodReturn(message, signature, body));
      else bus.send(refusalOf(message, `${SYSTEMD}.NoSuchUnit`, "It is none."));
      return true;
    });
  }

  /** @param address of the bus, on which nobody else is systemd. */
  static async start(address: string): Promise<StandInSystemd> {
    const standIn = new StandInSystemd(dbus.sessionBus({ busAddress: address }));
    await standIn.#bus.requestName(SYSTEMD, 0);
    return standIn;
  }

  stop(): void {
    this.#bus.disconnect();
  }

  /** Undefined for a refusal. */
  #answer({ member, body }: Message): Answer | undefined {
    switch (member) {
      case "GetUnit":
        return this.#active.has(String(body[0])) ? ["o", unitObjectPath(String(body[0]))] : undefined;
      case "StartUnit":
      case "RestartUnit":
        return this.#job(String(body[0]), true);
      case "StopUnit":
        return this.#job(String(body[0]), false);
      case "ListUnitsByNames":
        return ["a(ssssssouso)", (body[0] as readonly string[]).map((name) => this.#row(name))];
      case "Get":
        return ["v", propertyOf(String(body[1]))];
      default:
        return [""];
    }
  }

  /** What systemd tells of a job comes after the answer that names it. */
  #job(unit: string, isActive: boolean): Answer {
    const path = `/org/freedesktop/systemd1/job/${++this.#jobs}`;
    const id = this.#jobs;
    if (isActive) this.#active.add(unit);
    else this.#active.delete(unit);
    setImmediate(() => {
      this.#tellState(unit, id, path);
      const removed = [id, path, unit, "done"];
      this.#tell("/org/freedesktop/systemd1", `${SYSTEMD}.Manager`, "JobRemoved", "uoss", removed);
      this.#tellState(unit, 0, "/");
    });
    return ["o", path];
  }

  #tellState(unit: string, job: number, path: string): void {
    const changed = {
      ActiveState: new dbus.Variant("s", this.#active.has(unit) ? "active" : "inactive"),
      SubState: new dbus.Variant("s", this.#active.has(unit) ? "running" : "dead"),
      Job: new dbus.Variant("(uo)", [job, path]),
    };
    const body = [`${SYSTEMD}.Unit`, changed, []];
    this.#tell(unitObjectPath(unit), "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", body);
  }

  #tell(path: string, from: string, member: string, signature: string, body: unknown[]): void {
    this.#bus.send(dbus.Message.newSignal(path, from, member, signature, body));
  }

  #row(name: string): readonly unknown[] {
    const states = this.#active.has(name) ? ["active", "running"] : ["inactive", "dead"];
    return [name, name, "loaded", ...states, "", unitObjectPath(name), 0, "", "/"];
  }
}

/** dbus-next has a method for this, whose types are wrong, as they are of the serial, which is a number. */
export function refusalOf({ serial, sender }: Message, errorName: string, words: string): Message {
  const to = { replySerial: String(serial), destination: sender };
  const error = { type: dbus.MessageType.ERROR, errorName, signature: "s", body: [words] };
  return Object.assign(new dbus.Message({ ...to, ...error }), { replySerial: serial });
}

function propertyOf(name: string): object {
  if (name === "UnitPath") return new dbus.Variant("as", []);
  if (name === "NeedDaemonReload") return new dbus.Variant("b", false);
  return new dbus.Variant("s", name === "Result" ? "success" : "");
}
