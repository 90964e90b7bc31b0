import type { Random } from "../../simulation/random.ts";

/** Names that every request draws from, so that requests meet the units of earlier requests. */
export const NAMES = ["a.service", "web@.service", "web@1.service", "web@2.service", "b.timer", "b.service"];

/** The unit file in most valid requests. */
export const UNIT_FILE = "[Unit]\nDescription=x\n[Service]\nExecStart=/bin/sleep 1d\n";

const TEXTS: readonly string[] = [
  ...["", " ", "\n", "\0", "\r\n", "\u2028", "\ufeff", "\u00a0", "💥", "é", "\ud800", "\udc00x", "A".repeat(300)],
  ...[
    "..",
    "../../x",
    "/",
    "//",
    "a/b",
    "M/x",
    "a.service/",
    "/a.service",
    "%",
    "%2F",
    "%00",
    "%zz",
    "*",
    "?",
    "[",
    "]",
  ],
  ...["{}", "[]", "null", "true", "-1", "0", "1e999", "NaN", "__proto__", "constructor", "toString", "hasOwnProperty"],
  ...["a@.service", "@.service", ".service", "service", "a.b.service", "a@b@c.service", "-.service", "\\x2d.service"],
  ...[
    "a".repeat(248) + ".service",
    "a".repeat(249) + ".service",
    "systemd-.service",
    "fleet.service",
    "x.scope",
    "x.slice",
  ],
  ...[
    "[Service]\nExecStart=/bin/true\n",
    "[X-Fleet]\nGlobal=true\n",
    "[X-Fleet]\nConflicts=[",
    "[X-Fleet]\nMachineID=%i\n",
  ],
  ...["[Unit]\n\\\n\\\n", "[Unit", "=", "x=y", "[X-Fleet]\nMachineOf=a.service\nMachineOf=b.service\n", "\\", "a\\\nb"],
  ...[
    "a".repeat(32),
    "b".repeat(32),
    "a".repeat(31),
    "A".repeat(32),
    "g".repeat(32),
    "region=eu",
    "a=b=c",
    "SIGTERM",
    "65",
    "9",
  ],
];

const NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 2, 0.5, 1e3, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e21, 1e308, Number.MIN_VALUE, 1001],
];

export function hostileText(random: Random): string {
  if (random.chance(0.6)) return random.pick(TEXTS);
  if (random.chance(0.5)) return random.pick(TEXTS) + random.pick(TEXTS);
  const length = random.between(1, 4_000);
  return Array.from({ length }, () => String.fromCharCode(random.below(0x250))).join("");
}

/** Draws any JSON value, nested at most three levels deep. */
export function hostileValue(random: Random, depth = 3): unknown {
  const kind = random.below(depth > 0 ? 8 : 5);
  if (kind <= 1) return hostileText(random);
  if (kind === 2) return random.pick(NUMBERS);
  if (kind === 3) return random.pick([null, true, false]);
  if (kind === 4) return random.pick(NAMES);
  const size = random.below(5);
  const items = Array.from({ length: size }, () => hostileValue(random, depth - 1));
  if (kind === 5) return items;
  return Object.fromEntries(items.map((item) => [hostileText(random), item]));
}
