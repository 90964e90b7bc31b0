import { after, before, describe, test } from "node:test";
import { Lab, REPOSITORY } from "../lab/index.ts";

/**
 * The adapter's own tests, which disturb systemd. Each file runs inside a new host, because no file undoes its changes.
 */
const FILES = [
  "dbus/dbus-unit-manager.live.ts",
  "dbus/units/inspection.live.ts",
  "dbus/units/install.live.ts",
  "dbus/own-socket.live.ts",
  "dbus/units/removal.live.ts",
  "dbus/user-systemd.live.ts",
  "journal.live.ts",
];

let lab: Lab;
before(async () => {
  lab = await Lab.boot({ hosts: FILES.length });
});
after(() => lab.down());

describe("inside a host", { concurrency: true }, () => {
  for (const [index, file] of FILES.entries()) {
    test(`inside a host: ${file}`, async () => {
      const path = `${REPOSITORY}/packages/systemd/src/${file}`;
      await lab.host(index + 1).run([process.execPath, "--test", path], { timeoutMs: 180_000 });
    });
  }
});
