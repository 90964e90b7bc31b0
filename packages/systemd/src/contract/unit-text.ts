import type { UnitKind } from "./harness.ts";

/** The unit file of each kind for a real systemd. */
export function unitText(kind: UnitKind): string {
  return TEXTS[kind];
}

const TEXTS: Readonly<Record<UnitKind, string>> = {
  running: "[Service]\nExecStart=/bin/sleep 100000\n",
  oneshot: "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  failing: "[Service]\nType=oneshot\nExecStart=/bin/false\n",
  hanging: "[Service]\nType=oneshot\nExecStart=/bin/sleep 100000\n",
  "bad-setting": "[Service]\nType=simple\n",
  installable: "[Service]\nExecStart=/bin/sleep 100000\n[Install]\nWantedBy=multi-user.target\n",
  restarting: "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/false\nRestart=always\nRestartSec=50ms\n",
  lingering: "[Service]\nKillMode=none\nExecStart=/bin/sleep 100000\n",
  reloadable: "[Service]\nExecStart=/bin/sleep 100000\nExecReload=/bin/true\n",
};
