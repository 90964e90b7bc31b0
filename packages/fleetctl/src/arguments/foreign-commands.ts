const STATUS = "use fleetctl status UNIT, which also says why a unit has no machine or fails";
const LIST = "use fleetctl list-units for the units on machines, fleetctl list-unit-files for all units";
const JOURNAL = "use fleetctl journal UNIT, with -f to follow";
const SUBMIT = "use fleetctl submit FILE, or fleetctl start FILE to run the unit as well; both take --replace";
const DESTROY = "use fleetctl destroy UNIT";
const RUN = "use fleetctl start FILE";
const EXEC = "use fleetctl ssh UNIT COMMAND, which runs the command on the unit's machine";
const MACHINES = "use fleetctl list-machines";
const POWER_OFF = "use fleetctl ssh MACHINE systemctl poweroff; the machine's units move to other machines";
const OFF_MACHINE = "use fleetctl cordon MACHINE, or fleetctl drain MACHINE to move its units as well";
const ENABLED = "a launched unit starts again after a reboot; a unit with [Install] is enabled on its machine";
const NOT_WANTED = "use fleetctl stop, unload or destroy UNIT";
const RELOAD = "not needed: fleetctl submit --replace and fleetctl start --replace apply changed files";
const RESTART =
  "use fleetctl restart 'UNIT@*', which restarts units one after the other; start --replace applies a new file";
const ROLLBACK = "use fleetctl start --replace FILE with the earlier file";
const METRICS = "see fleetd's /metrics; for one machine, use fleetctl ssh MACHINE systemd-cgtop";

/**
 * The fleetctl equivalent of other tools' commands. Commands of fleetctl and prefixes of their names take precedence.
 */
const EQUIVALENTS: Readonly<Record<string, string>> = {
  // systemctl(1), journalctl(1), and similar
  cancel: NOT_WANTED,
  "daemon-reexec": RELOAD,
  "daemon-reload": RELOAD,
  disable: NOT_WANTED,
  enable: ENABLED,
  freeze: "use fleetctl kill -s STOP UNIT",
  halt: POWER_OFF,
  "is-enabled": "use fleetctl list-unit-files, which shows the desired state of each unit",
  "is-system-running": "use fleetctl health, which says what is wrong, with an exit code",
  isolate: "a cluster has no targets; fleetctl start and stop take several units",
  link: SUBMIT,
  "list-dependencies": "use fleetctl ssh UNIT systemctl list-dependencies UNIT",
  "list-jobs": "use fleetctl list-units, which shows activating and deactivating units",
  log: JOURNAL,
  mask: NOT_WANTED,
  poweroff: POWER_OFF,
  preset: ENABLED,
  reenable: ENABLED,
  reboot: "use fleetctl ssh MACHINE systemctl reboot; units stay on a machine that returns within agent_ttl",
  "reload-or-restart": "use fleetctl reload UNIT or fleetctl restart UNIT",
  revert: ROLLBACK,
  "set-property": "use fleetctl edit UNIT",
  thaw: "use fleetctl kill -s CONT UNIT",
  "try-restart": "use fleetctl restart UNIT",
  unmask: ENABLED,
  // kubectl
  annotate: "use fleetctl metadata set MACHINE KEY=VALUE for a machine, fleetctl edit UNIT for a unit",
  apply: SUBMIT,
  autoscale: "start the instances of a template that you need: fleetctl start web@1 web@2",
  "cluster-info": MACHINES,
  config: "use fleetctl context to save clusters and choose one, or --endpoint",
  create: SUBMIT,
  delete: DESTROY,
  describe: STATUS,
  diff: "use fleetctl cat UNIT | diff - FILE",
  events: JOURNAL,
  exec: EXEC,
  expose: "use a .socket unit, which listens on the machine of its service",
  get: LIST,
  label: "use fleetctl metadata set MACHINE KEY=VALUE",
  logs: JOURNAL,
  patch: "use fleetctl edit UNIT or fleetctl start --replace FILE",
  "port-forward": "use ssh -L to the unit's machine; fleetctl list-units shows its address",
  replace: "use fleetctl submit --replace FILE, or fleetctl start --replace FILE for a unit that runs",
  rollback: ROLLBACK,
  rollout: RESTART,
  scale: "each instance of a template is a unit: use fleetctl start web@3 or fleetctl destroy web@3",
  taint: OFF_MACHINE,
  top: METRICS,
  wait: "not needed: fleetctl start waits until the unit is active, fleetctl stop until the unit has stopped",
  // nomad
  agent: "the agent is part of fleetd: run systemctl status fleet on a machine",
  alloc: "use fleetctl status UNIT, journal UNIT or ssh UNIT, which find the unit's machine",
  deployment: RESTART,
  eval: STATUS,
  inspect: STATUS,
  job: "use fleetctl start, stop, status or destroy UNIT",
  monitor: "run journalctl -u fleet on a machine for the daemon's log",
  node: MACHINES,
  server: MACHINES,
  validate: "use fleetctl verify FILE",
  // docker and podman
  attach: JOURNAL,
  build: "not available: a unit runs programs that are on its machine or that its ExecStartPre= fetches",
  compose: "write a unit for each service, and use fleetctl start DIRECTORY/ to start all of them",
  cp: "use fleetctl ssh MACHINE COMMAND, with tar or cat at both ends",
  down: DESTROY,
  images: "not available: a unit runs programs that are on its machine or that its ExecStartPre= fetches",
  info: MACHINES,
  ls: LIST,
  pause: "use fleetctl kill -s STOP UNIT and fleetctl kill -s CONT UNIT",
  ps: LIST,
  pull: "not available: a unit runs programs that are on its machine or that its ExecStartPre= fetches",
  remove: DESTROY,
  rm: DESTROY,
  service: "use fleetctl start, stop, status or destroy UNIT",
  stack: "use fleetctl start DIRECTORY/, which starts all unit files in it",
  stats: METRICS,
  swarm: MACHINES,
  unpause: "use fleetctl kill -s CONT UNIT",
  up: RUN,
  update: "use fleetctl edit UNIT or fleetctl start --replace FILE",
};

/** @returns undefined for a word that is no known tool's command. */
export function equivalentOf(word: string): string | undefined {
  return Object.hasOwn(EQUIVALENTS, word) ? EQUIVALENTS[word] : undefined;
}
