import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { readCapabilities } from "./capabilities.ts";

test("the capabilities are those of this host", async () => {
  const found = await readCapabilities("252.39-1~deb12u2");
  const { has = [] } = found;
  for (const program of ["docker", "podman"])
    assert.equal(
      has.includes(program),
      ["/usr/bin", "/usr/local/bin", "/opt/bin"].some((path) => existsSync(`${path}/${program}`)),
    );
  assert.deepEqual(found["kernel"], [execFileSync("uname", ["-r"], { encoding: "utf8" }).trim()]);
  assert.deepEqual(found["systemd"], ["252.39-1~deb12u2"]);
  const release = execFileSync("sh", ["-c", ". /etc/os-release; echo $ID; echo $VERSION_ID"], { encoding: "utf8" });
  assert.deepEqual([found["os"]?.[0], found["os_version"]?.[0]], release.trim().split("\n"));
  assert.match(found["arch"]?.[0] ?? "", /^(x86-64|arm64)$/);
  assert.equal("systemd" in (await readCapabilities(undefined)), false);
});
