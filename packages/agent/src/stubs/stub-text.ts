import { isUnitName, serialiseOptions, type UnitOption } from "@flotilla/unit";
import type { Mirror } from "@flotilla/model";
import { typeOf } from "./stub-types.ts";

/** The first line of each stub, by which a daemon that has not read its mirrors yet tells stubs from units. */
export const STUB_MARK = "# Stub by fleetd: stands for a unit of the cluster on another machine, and has its state.\n";

/** The longest description, in characters. */
const MOST_TEXT = 300;

export function isStubText(text: string): boolean {
  return text.startsWith(STUB_MARK);
}

/**
 * The file of the unit that stands for a mirrored one: it has the real unit's name and does nothing. A start succeeds or
 * fails as the mirrored state says. The text of a mirror comes from other machines, so nothing in it may become an option.
 */
export function stubText({ unit, state, text, options }: Mirror): string {
  const description = `${unit} ${plain(text)}`;
  const allowed = options.filter(({ section, value }) => ["Unit", "Install"].includes(section) && isUnitName(value));
  const own: readonly UnitOption[] = [
    { section: "Unit", name: "Description", value: description },
    // A stub starts as often as the real unit's state changes.
    { section: "Unit", name: "StartLimitIntervalSec", value: "0" },
    ...allowed.filter(({ section }) => section === "Unit"),
    ...bodyOf(unit, isUpState(state), state === "finished", description),
    ...allowed.filter(({ section }) => section === "Install"),
  ];
  return STUB_MARK + serialiseOptions(own);
}

/** Whether a start of the stub succeeds. */
function isUpState(state: Mirror["state"]): boolean {
  return state === "active" || state === "starting" || state === "finished";
}

function bodyOf(unit: string, succeeds: boolean, ends: boolean, description: string): readonly UnitOption[] {
  switch (typeOf(unit)) {
    case "service":
      return serviceBody(succeeds, ends, description);
    case "timer":
      // A unit that is always active, at a time that does not come.
      return [
        { section: "Timer", name: "OnCalendar", value: "9999-12-31" },
        { section: "Timer", name: "Unit", value: "basic.target" },
      ];
    case "path":
      return [
        { section: "Path", name: "PathExists", value: "/run/fleet/stubs/never" },
        { section: "Path", name: "Unit", value: "basic.target" },
      ];
    case "socket":
      return [
        { section: "Socket", name: "ListenStream", value: `/run/fleet/stubs/${unit.replaceAll("%", "%%")}` },
        { section: "Socket", name: "Accept", value: "yes" },
        { section: "Socket", name: "SocketMode", value: "0600" },
        { section: "Socket", name: "RemoveOnStop", value: "yes" },
      ];
    default:
      return [];
  }
}

function serviceBody(succeeds: boolean, ends: boolean, description: string): readonly UnitOption[] {
  const option = (name: string, value: string): UnitOption => ({ section: "Service", name, value });
  const body = [option("Type", "oneshot"), option("RemainAfterExit", ends ? "no" : "yes")];
  if (succeeds) return [...body, option("ExecStart", "/bin/true")];
  return [
    ...body,
    option("NotifyAccess", "all"),
    option("ExecStart", `-systemd-notify "--status=${description.replaceAll("$", "$$$$")}"`),
    option("ExecStart", "/bin/false"),
  ];
}

/** One line without quotes, backslashes and specifiers. */
function plain(text: string): string {
  const line = text
    .replaceAll(/[\p{C}\p{Z}]+/gu, " ")
    .replaceAll(/["'\\]/g, "")
    .trim();
  const short = line.length > MOST_TEXT ? `${line.slice(0, MOST_TEXT)}...` : line;
  return short.replaceAll("%", "%%");
}
