const STATUS = "fleetctl status UNIT shows a unit, and why it has no machine or fails";
const LIST = "fleetctl list-units shows what runs and where, fleetctl list-unit-files every unit";
const JOURNAL = "fleetctl journal UNIT; -f follows it";
const SUBMIT = "fleetctl submit FILE makes a unit known, fleetctl start FILE runs it as well, both take --replace";
const DESTROY = "fleetctl destroy UNIT stops a unit and makes the cluster forget it";
const RUN = "fleetctl start FILE submits a unit file and runs it";
const EXEC = "fleetctl ssh UNIT COMMAND runs a command on the unit's machine";
const MACHINES = "fleetctl list-machines shows the machines";
const DRAIN = "systemctl stop fleet on the machine moves its units to other machines, systemctl start fleet ends that";
const POWER_OFF = "fleetctl ssh MACHINE systemctl poweroff; its units move to other machines";
const OFF_MACHINE =
  "fleetctl metadata unset MACHINE KEY keeps the units off a machine that ask for KEY in MachineMetadata=";
const ENABLED = "a started unit stays wanted through every reboot; a unit with [Install] is enabled where it is loaded";
const NOT_WANTED = "fleetctl stop, unload or destroy UNIT, for a unit that must not run any more";
const RELOAD = "there is nothing to reload: submit --replace and start --replace bring changed files into effect";
const RESTART = "fleetctl restart 'UNIT@*' restarts units one after the other; start --replace brings a new file";
const ROLLBACK = "fleetctl start --replace FILE with the earlier file";
const METRICS = "fleetd has figures at /metrics; on a machine, fleetctl ssh MACHINE systemd-cgtop";

/**
 * What others' commands are here. Commands that fleetctl has as well, by name or by the beginning of one, are read
 * before.
 */
const OURS: Readonly<Record<string, string>> = {
  // systemctl(1), journalctl(1), fleet's relatives
  cancel: NOT_WANTED,
  "daemon-reexec": RELOAD,
  "daemon-reload": RELOAD,
  disable: NOT_WANTED,
  enable: ENABLED,
  freeze: "fleetctl kill -s STOP UNIT",
  halt: POWER_OFF,
  "is-active": "fleetctl status UNIT ends with 0 if the unit is active, else with 3",
  "is-enabled": "fleetctl list-unit-files shows what is wanted of each unit",
  "is-failed": "fleetctl list-units shows how each unit fares",
  "is-system-running": "fleetctl list-units shows how each unit fares",
  isolate: "there are no targets of the whole cluster: fleetctl start and stop take several units",
  link: SUBMIT,
  "list-dependencies": "fleetctl ssh UNIT systemctl list-dependencies UNIT, on the unit's machine",
  "list-jobs": "fleetctl list-units shows units that are activating or deactivating",
  "list-sockets": "fleetctl list-units shows sockets as well",
  "list-timers": "fleetctl list-units shows timers as well; when they elapse next, fleetctl status TIMER",
  log: JOURNAL,
  mask: NOT_WANTED,
  poweroff: POWER_OFF,
  preset: ENABLED,
  reenable: ENABLED,
  reboot: "fleetctl ssh MACHINE systemctl reboot; units stay with a machine that is back within agent_ttl",
  "reload-or-restart": "fleetctl reload UNIT, or fleetctl restart UNIT",
  revert: ROLLBACK,
  "set-property": "fleetctl edit UNIT changes the unit's file",
  show: "fleetctl status UNIT, or fleetctl list-unit-files --output json",
  thaw: "fleetctl kill -s CONT UNIT",
  "try-restart": "fleetctl restart UNIT",
  unmask: ENABLED,
  // kubectl
  annotate: "fleetctl metadata set MACHINE KEY=VALUE, for machines; a unit has its file",
  apply: SUBMIT,
  autoscale: "start as many instances of a template as there shall be: fleetctl start web@1 web@2",
  "cluster-info": MACHINES,
  config: "--endpoint or FLEETCTL_ENDPOINT says which cluster",
  cordon: OFF_MACHINE,
  create: SUBMIT,
  delete: DESTROY,
  describe: STATUS,
  diff: "fleetctl cat UNIT | diff - FILE",
  drain: DRAIN,
  events: JOURNAL,
  exec: EXEC,
  explain: STATUS,
  expose: "a .socket unit listens where its service runs",
  get: LIST,
  label: "fleetctl metadata set MACHINE KEY=VALUE",
  logs: JOURNAL,
  patch: "fleetctl edit UNIT, or fleetctl start --replace FILE",
  "port-forward": "ssh -L to the unit's machine, which fleetctl list-units shows",
  replace: "fleetctl submit --replace FILE, or start --replace FILE for a unit that runs",
  rollback: ROLLBACK,
  rollout: RESTART,
  scale: "fleetctl start web@3 or destroy web@3: each instance of a template is a unit",
  taint: OFF_MACHINE,
  top: METRICS,
  uncordon: "fleetctl metadata reset MACHINE KEY",
  wait: "fleetctl start waits until the unit is active, stop until it has stopped",
  // nomad
  agent: "fleetd is the daemon: systemctl status fleet on a machine",
  alloc: "fleetctl status UNIT, journal UNIT and ssh UNIT go to the machine that the unit is on",
  deployment: RESTART,
  eval: STATUS,
  inspect: STATUS,
  job: "fleetctl start, stop, status and destroy take units",
  monitor: "journalctl -u fleet on a machine is the daemon's log",
  node: MACHINES,
  plan: "fleetctl verify FILE looks at a file, fleetctl status UNIT says why a unit has no machine",
  run: RUN,
  server: MACHINES,
  validate: "fleetctl verify FILE",
  // docker and podman
  attach: JOURNAL,
  build: "a unit runs what is on its machine, or what it fetches in ExecStartPre=",
  compose: "a unit for each service: fleetctl start DIRECTORY/ submits and starts all files in it",
  cp: "fleetctl ssh MACHINE COMMAND, with tar or cat at both ends",
  down: DESTROY,
  images: "a unit runs what is on its machine, or what it fetches in ExecStartPre=",
  info: MACHINES,
  ls: LIST,
  pause: "fleetctl kill -s STOP UNIT, and kill -s CONT UNIT",
  ps: LIST,
  pull: "a unit runs what is on its machine, or what it fetches in ExecStartPre=",
  remove: DESTROY,
  rm: DESTROY,
  service: "fleetctl start, stop, status and destroy take units",
  stack: "fleetctl start DIRECTORY/ submits and starts all unit files in it",
  stats: METRICS,
  swarm: MACHINES,
  unpause: "fleetctl kill -s CONT UNIT",
  up: RUN,
  update: "fleetctl edit UNIT, or fleetctl start --replace FILE",
};

/** @returns undefined for a word that is nobody's command. */
export function oursFor(word: string): string | undefined {
  return Object.hasOwn(OURS, word) ? OURS[word] : undefined;
}
