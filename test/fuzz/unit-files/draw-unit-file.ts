import type { Random } from "../../simulation/random.ts";
import { RESTARTS } from "./our-reading.ts";

/** Options whose value systemd shows as it read it. Two of them occur more often, to test lists and resets. */
const NAMES = [
  ...["Description", "Description", "ConditionHost", "ConditionHost", "ConditionHost"],
  ...["UtmpIdentifier", "PAMName", "X-Vendor", "Descripton", "Condition Host", "--flag"],
] as const;

const HEADERS = [
  ...["[Unit]", "[Unit]", "[Service]", "[X-Fleet]", "[X-Vendor]", "[Install]"],
  ...["[unit]", "[Unit ]", "[Serv", "Unit]", '[A"b]', "[]", "[Unit] #", "[A\\]", "[[Unit]", "[Unit]]"],
] as const;

const LINE_ENDS = ["\n", "\n", "\n", "\n", "\n", "\r\n", "\n\r", "\r", "\n\n", "\r\n\r\n", "\n \n"] as const;

/** Characters that our parser and systemd's might read differently. */
const PIECES = [
  ...["a", "b", "word", "é", "😀", "=", '"', "'", "[", "]", "#", ";", "#", ",", "."],
  ...[
    " ",
    " ",
    "\t",
    "\\",
    "\\",
    "\\\\",
    "\\\n",
    "\\\n",
    " \\\n  ",
    "\\\n\r",
    "\\\r\n",
    "\\ \n",
    "\\\n# c\n",
    "\\\n;c \\\n",
    "\\\n\n",
  ],
  ...["\u00a0", "\v", "\f", "\u0085", "\u2028", "\u3000", "\u200b", "\ufeff", "\u0001", "\u007f"],
] as const;

/** Characters that systemd refuses or takes for the end. They are rare because systemd often refuses the whole file. */
const RARE = ["\0", "\ufffe", "\u{1ffff}", "\ufdd0"] as const;

/** Draws a unit file between ordinary and hostile: well-formed lines, a few of which are broken in some place. */
export function drawUnitFile(random: Random): string {
  const mark = random.chance(0.05) ? "\ufeff" : "";
  const first = random.chance(0.9) ? `[Unit]${random.pick(LINE_ENDS)}` : "";
  const count = random.between(1, 12);
  return mark + first + Array.from({ length: count }, () => drawLine(random)).join("");
}

function drawLine(random: Random): string {
  const kind = random.float();
  const end = random.pick(LINE_ENDS);
  if (kind < 0.15)
    return `${blank(random)}${random.chance(0.7) ? random.pick(HEADERS.slice(0, 6)) : random.pick(HEADERS)}${end}`;
  if (kind < 0.25) return `${blank(random)}${random.pick(["#", ";"])}${drawText(random)}${end}`;
  if (kind < 0.3) return `${drawText(random)}${end}`;
  if (kind < 0.4) return `Restart=${random.chance(0.7) ? random.pick(RESTARTS) : drawText(random)}${end}`;
  const before = random.chance(0.05) ? random.pick(PIECES) : blank(random);
  const equals = random.chance(0.03) ? "" : "=";
  return `${before}${random.pick(NAMES)}${blank(random)}${equals}${blank(random)}${drawText(random)}${end}`;
}

/** Returns a blank or, more often, nothing. */
function blank(random: Random): string {
  return random.chance(0.2) ? random.pick([" ", "\t", "  ", "\u00a0"]) : "";
}

function drawText(random: Random): string {
  const rare = random.chance(0.01) ? random.pick(RARE) : "";
  if (random.chance(0.15)) return rare;
  const plain = random.chance(0.4);
  const length = random.between(1, 8);
  const pieces = Array.from({ length }, () =>
    plain ? random.pick(["a", "b c", "word", "=", "d"]) : random.pick(PIECES),
  );
  return rare + pieces.join("");
}
