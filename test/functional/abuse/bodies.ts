import type { RawRequest } from "../../fuzz/api/raw-request.ts";
import { sendRaw } from "../../fuzz/api/raw-request.ts";
import type { Attack, Target } from "./attack.ts";

const MIB = 1024 * 1024;

function jsonRequest(method: string, target: string, body: Buffer): RawRequest {
  const headers = [
    ["Content-Type", "application/json"],
    ["Content-Length", String(body.length)],
  ] as const;
  return { method, target, headers, body };
}

/** Several bodies at once, far over any limit. */
export const hugeBodies: Attack = {
  name: "huge bodies",
  pauseMs: 200,
  strike: (target) => sendHuge(target, 8),
};

/** Sends bodies of 10 MiB each. */
export async function sendHuge({ socketPath }: Target, count: number): Promise<void> {
  const request = jsonRequest("PUT", "/fleet/v2/units/huge.service", HUGE);
  await Promise.all(Array.from({ length: count }, () => sendRaw(socketPath, request)));
}
const HUGE = Buffer.alloc(10 * MIB, "[");

/** Unit files of the maximum size with many options. Each unit is removed again. */
export const bigUnits: Attack = {
  name: "big units",
  pauseMs: 200,
  strike: async ({ socketPath, random }) => {
    const target = `/fleet/v2/units/big-${random.below(4)}.service`;
    const options = `Environment=A=${"x".repeat(85)}\n`.repeat(4_999);
    const file = `[Service]\nExecStart=/bin/true\n# ${random.below(1e9)}\n${options}`;
    await sendRaw(socketPath, jsonRequest("PUT", target, Buffer.from(JSON.stringify({ file, replace: true }))));
    await sendRaw(socketPath, { method: "DELETE", target, headers: [], body: undefined });
  },
};

/** Arrays and objects nested a hundred thousand levels deep. */
export const deepJson: Attack = {
  name: "deep JSON",
  pauseMs: 100,
  strike: async ({ socketPath, random }) => {
    const levels = random.between(100, 100_000);
    const body = Buffer.from(random.chance(0.5) ? "[".repeat(levels) : '{"a":'.repeat(levels));
    const target = random.pick(["/fleet/v1/units/deep.service", "/fleet/v2/units/deep.service", "/fleet/v1/machines"]);
    await sendRaw(socketPath, jsonRequest(target.endsWith("machines") ? "PATCH" : "PUT", target, body));
  },
};

/** Patches with thousands of operations on machines that do not exist. */
export const manyOperations: Attack = {
  name: "many-operation patches",
  pauseMs: 200,
  strike: async ({ socketPath, random }) => {
    const machine = "0".repeat(32);
    const path = (): string => `/${machine}/metadata/key${random.below(100)}`;
    const count = random.between(100, 10_000);
    const operations = Array.from({ length: count }, () => ({ op: "add", path: path(), value: "v" }));
    await sendRaw(socketPath, jsonRequest("PATCH", "/fleet/v1/machines", Buffer.from(JSON.stringify(operations))));
  },
};
