import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnitFile } from "./parse.ts";
import { programsOf } from "./programs-of.ts";

const CASES: readonly (readonly [lines: string, programs: readonly string[]])[] = [
  ["[Service]\nExecStart=/usr/bin/docker run redis", ["docker"]],
  ["[Service]\nExecStart=-/usr/bin/docker run redis", ["docker"]],
  ["[Service]\nExecStart=@!/bin/podman podman run redis", ["podman"]],
  ["[Service]\nExecStart=docker run redis", ["docker"]],
  ["[Service]\nExecStart=/opt/bin/docker", ["docker"]],
  ["[Service]\nExecStart=/usr/local/bin/podman run \\\n  redis", ["podman"]],
  [
    "[Service]\nExecStart=/usr/bin/docker a\nExecStart=/usr/bin/podman b\nExecStart=/usr/bin/docker c",
    ["docker", "podman"],
  ],
  ["[Service]\nExecStart=/usr/bin/docker a\nExecStart=\nExecStart=/bin/true", []],
  ["[Service]\nExecStart=/usr/bin/docker-compose up", []],
  ["[Service]\nExecStart=/srv/tools/docker run", []],
  ["[Service]\nExecStart=/bin/sh -c 'docker run redis'", []],
  ["[Service]\nExecStartPre=/usr/bin/docker pull redis\nExecStart=/bin/true", []],
  ["[X-Fleet]\nExecStart=/usr/bin/docker", []],
];

for (const [lines, programs] of CASES) {
  test(`programsOf reads ${JSON.stringify(lines)}`, () => {
    assert.deepEqual(programsOf(parseUnitFile(lines).options), programs);
  });
}
