import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Cluster, type Host, REPOSITORY, waitFor } from "../lab/index.ts";
import { mainPid } from "./running-units.ts";

const EXAMPLE = join(REPOSITORY, "examples/app-repo");
const SCRIPTS = ["deploy.sh", "deploy-with-curl.sh"];

let cluster: Cluster;
let host: Host;
let unitFile: string;

before(async () => {
  cluster = await Cluster.boot({ hosts: 2 });
  host = cluster.host(1);
  for (const script of SCRIPTS)
    await host.writeFile(`/tmp/app/${script}`, await readFile(join(EXAMPLE, script), "utf8"));
  unitFile = await readFile(join(EXAMPLE, "units/hello@.service"), "utf8");
});
after(() => cluster.down());

async function deploy(script: string, file: string) {
  await host.writeFile("/tmp/app/units/hello@.service", file);
  return host.run(["sh", `/tmp/app/${script}`], { check: false, timeoutMs: 100_000 });
}

/** Returns an instance's HTTP response, requested on its machine. */
async function greeting(instance: number): Promise<string> {
  const home = await cluster.waitForActive(`hello@${instance}.service`);
  return (await home.run(["curl", "--silent", "--show-error", `http://127.0.0.1:810${instance}/`])).stdout;
}

for (const script of SCRIPTS) {
  test(`${script} rolls out a good version, and stops at the first instance of a bad one`, async () => {
    const version = (word: string): string => unitFile.replace("GREETING=hello", `GREETING=${word}-by-${script}`);
    for (const word of ["first", "second"]) {
      const deployed = await deploy(script, version(word));
      assert.equal(deployed.code, 0, deployed.stderr);
      for (const instance of [1, 2]) {
        const wanted = `${word}-by-${script} from ${instance}\n`;
        await waitFor(`"${wanted}"`, async () => (await greeting(instance)) === wanted);
      }
    }
    const second = await cluster.waitForActive("hello@2.service");
    const pid = await mainPid(second, "hello@2.service");
    const bad = await deploy(script, version("third").replace(/^ExecStart=\S+/m, "ExecStart=/opt/missing"));
    assert.notEqual(bad.code, 0, bad.stdout);
    assert.match(bad.stderr, /hello@1\.service/);
    assert.equal(await mainPid(second, "hello@2.service"), pid);
    assert.equal(await greeting(2), `second-by-${script} from 2\n`);
  });
}
