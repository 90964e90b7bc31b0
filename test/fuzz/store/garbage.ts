import type { Random } from "../../simulation/random.ts";
import { hostileText, hostileValue } from "../api/hostile-values.ts";

export interface Garbage {
  readonly key: string;
  readonly value: string;
  /** Whether the key is attached to a lease whose client goes away later. */
  readonly leased: boolean;
}

/** Names and entries from which keys and values are made. */
export interface Neighbours {
  readonly machines: readonly string[];
  readonly units: readonly string[];
  /** The store's entries at this time. */
  readonly entries: readonly { readonly key: string; readonly value: string }[];
}

const HEADS = [
  ...[
    "file",
    "unit",
    "attempts",
    "runs",
    "assignment",
    "state",
    "machine",
    "machine-settings",
    "member",
    "member-removed",
    "rotation",
    "token",
    "token-use",
    "departure",
    "publisher",
    "event",
  ],
  ...[
    "engine/events",
    "roll",
    "engine/leader",
    "engine/roll",
    "hold/release",
    "engine",
    "hold",
    "identity",
    "mirror",
    "",
  ],
];

/** Records whose values are allowed by their schemas but make no sense. */
const ODD_RECORDS: readonly object[] = [
  { digest: "0".repeat(64), hash: "h", desired: "launched" },
  {
    digest: "",
    hash: "",
    desired: "loaded",
    restart: -1,
    stoppedAt: 1e308,
    leaving: true,
    exclusive: true,
    stopping: true,
  },
  {
    id: "other",
    primaryIP: "x",
    metadata: { __proto__: "x", a: "b" },
    peerPort: -1,
    capacity: { cpus: -1, memoryBytes: 1e308 },
  },
  { metadata: { a: null, b: "c" } },
  {
    hash: "h",
    load: "x",
    active: "active",
    sub: "x",
    launched: true,
    gaveUp: true,
    cleared: 1e308,
    restarted: 1e308,
    problem: "\n",
  },
  { machineID: "nobody" },
  { hold: { since: -1, of: 1e308 }, settling: true },
  { is: "missing", held: true },
  { is: "present" },
  { unitRevision: 1, failed: [{ machineID: "x", since: 1, at: 1, reason: "x" }] },
  { since: 1e308 },
  { events: [{ time: 1e15, kind: "", sentence: "\n", count: 1e15 }, null], revision: 1e308 },
  { events: [{ time: 0, kind: "act", unit: "../x", sentence: "x" }], revision: 1 },
  { revision: 1e15 },
  { kind: "api", name: "", hash: "", createdAt: -1, expiresAt: 1e308, role: "admin" },
];

/** Draws one key with a value that the cluster did not write. */
export function drawGarbage(random: Random, neighbours: Neighbours): Garbage {
  return { key: keyOf(random, neighbours), value: valueOf(random, neighbours), leased: random.chance(0.2) };
}

function keyOf(random: Random, { machines, units, entries }: Neighbours): string {
  if (random.chance(0.3) && entries.length > 0) {
    const { key } = random.pick(entries);
    return random.chance(0.5) ? key : `${key}${random.pick(["/x", "/", "x", "//", ".service", "\0"])}`;
  }
  const parts = [random.pick(HEADS)];
  for (let left = random.below(4); left > 0; left -= 1)
    parts.push(
      random.chance(0.7) ? random.pick([...machines, ...units, "c".repeat(32), "1764534049123"]) : textOf(random),
    );
  return parts.join("/") || "x";
}

function valueOf(random: Random, { entries }: Neighbours): string {
  switch (random.below(5)) {
    case 0:
      return textOf(random);
    case 1:
      return JSON.stringify(hostileValue(random)).toWellFormed();
    case 2:
      return JSON.stringify(random.pick(ODD_RECORDS));
    case 3: {
      const levels = random.between(1, 20_000);
      return "[".repeat(levels) + "]".repeat(levels);
    }
    default:
      return entries.length > 0 ? random.pick(entries).value : "";
  }
}

function textOf(random: Random): string {
  return hostileText(random).toWellFormed();
}
