import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "../parse.ts";
import { RequirementsError } from "../requirements-error.ts";
import { type Reservations, reservationsOf } from "./reservations-of.ts";

const M = 1024 ** 2;
const G = 1024 ** 3;

function read(lines: string): Reservations {
  return reservationsOf(parseUnitFile(lines).options);
}

const ACCEPTED: readonly (readonly [lines: string, reserved: Reservations])[] = [
  ["[Service]\nExecStart=/bin/true", {}],
  ["[X-Fleet]\nCPUReserve=2", { cpu: 2000 }],
  ["[X-Fleet]\nCPUReserve=0.5", { cpu: 500 }],
  ["[X-Fleet]\nCPUReserve=0.07", { cpu: 70 }],
  ["[X-Fleet]\nCPUReserve=0.0001", { cpu: 1 }],
  ["[X-Fleet]\nCPUReserve=150%", { cpu: 1500 }],
  ["[X-Fleet]\nCPUReserve=1\nCPUReserve=2", { cpu: 2000 }],
  ["[X-Fleet]\nCPUReserve=1\nCPUReserve=", {}],
  ["[X-Fleet]\nCPUReserve=0", {}],
  ["[X-Fleet]\nMemoryReserve=512M", { memory: 512 * M }],
  ["[X-Fleet]\nMemoryReserve=1.5G", { memory: 1.5 * G }],
  ["[X-Fleet]\nMemoryReserve=4096", { memory: 4096 }],
  ["[X-Fleet]\nMemoryReserve=4096B", { memory: 4096 }],
  ["[X-Fleet]\nMemoryReserve=2 G", { memory: 2 * G }],
  ["[X-Fleet]\nDiskReserve=1T", { disk: 1024 * G }],

  ["[Service]\nMemoryMax=1G", { memory: G }],
  ["[Service]\nMemoryMax=1G\nMemoryHigh=2G\nMemoryMin=10M\nMemoryLow=20M", { memory: 10 * M }],
  ["[Service]\nMemoryMax=1G\nMemoryLow=20M", { memory: 20 * M }],
  ["[Service]\nMemoryMax=1G\nMemoryHigh=500M", { memory: G }],
  ["[Service]\nMemoryHigh=500M", { memory: 500 * M }],
  ["[Service]\nMemoryMax=infinity", {}],
  ["[Service]\nMemoryMax=50%", {}],
  ["[Service]\nMemoryMax=infinity\nMemoryHigh=1G", { memory: G }],
  ["[Service]\nMemoryMin=0\nMemoryMax=1G", { memory: G }],
  ["[Service]\nMemoryMax=1G\nMemoryMax=infinity", {}],
  ["[Service]\nMemoryMax=1G\nMemoryMax=", {}],
  ["[Service]\nMemoryMax=1G\nMemoryMax=lots", { memory: G }],
  ["[Service]\nCPUQuota=150%", { cpu: 1500 }],
  ["[Service]\nCPUQuota=2", {}],
  ["[Service]\nCPUQuota=20%\nCPUQuota=", {}],
  ["[Socket]\nMemoryMax=1G", { memory: G }],
  ["[Slice]\nCPUQuota=20%", { cpu: 200 }],
  ["[Service]\nMemoryMax=1G\n[X-Fleet]\nMemoryReserve=100M", { memory: 100 * M }],
  ["[Service]\nMemoryMax=1G\nCPUQuota=20%\n[X-Fleet]\nMemoryReserve=0\nCPUReserve=0", {}],
  ["[Service]\nMemoryReserve=1G", {}],
  ["[X-Fleet]\nMemoryMax=1G", {}],
];

for (const [lines, reserved] of ACCEPTED) {
  test(`reservationsOf reads ${JSON.stringify(lines)}`, () => {
    assert.deepEqual(read(lines), reserved);
  });
}

const REFUSED: readonly (readonly [line: string, message: RegExp])[] = [
  ["CPUReserve=lots", /CPUReserve=lots in \[X-Fleet\] is not a number of cores; write for example 2, 0\.5 or 150%/],
  ["CPUReserve=-1", /CPUReserve=-1/],
  ["CPUReserve=100000", /CPUReserve=100000/],
  ["CPUReserve=500m", /CPUReserve=500m/],
  ["MemoryReserve=10%", /MemoryReserve=10% in \[X-Fleet\] is not a size; write for example 512M or 2G/],
  ["MemoryReserve=infinity", /MemoryReserve=infinity/],
  ["MemoryReserve=1GiB", /MemoryReserve=1GiB/],
  ["MemoryReserve=99999E", /MemoryReserve=99999E/],
  ["DiskReserve=1g", /DiskReserve=1g in \[X-Fleet\] is not a size/],
];

for (const [line, message] of REFUSED) {
  test(`reservationsOf refuses ${line}`, () => {
    assert.throws(
      () => read(`[X-Fleet]\n${line}`),
      (error) => error instanceof RequirementsError && message.test(error.message),
    );
  });
}
