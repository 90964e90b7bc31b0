import { constants } from "node:os";

/**
 * Returns a signal's number, from the forms of kill(1) and systemctl(1): `HUP`, `SIGHUP`, `1`, `RTMIN+3`.
 * @returns undefined for other text.
 */
export function signalNumber(text: string): number | undefined {
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (/^\d{1,2}$/.test(name)) return within(Number(name));
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime) {
    const [, end, sign, offset = "0"] = realTime;
    const number = (end === "MIN" ? RT_MIN : RT_MAX) + (sign === "-" ? -1 : 1) * Number(offset);
    return number >= RT_MIN ? within(number) : undefined;
  }
  return Object.entries(constants.signals).find(([known]) => known === `SIG${name}`)?.[1];
}

/** The range of the real-time signals that glibc leaves to programs (signal(7)). */
const RT_MIN = 34;
const RT_MAX = 64;

function within(number: number): number | undefined {
  return number >= 1 && number <= RT_MAX ? number : undefined;
}
