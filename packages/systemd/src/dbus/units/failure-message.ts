import { constants } from "node:os";
import { type Properties, asArray, variantValue } from "../session/decode.ts";

/** A job whose result is not `done`. */
export interface FailedJob {
  /** "start", "stop", "restart" or "reload". */
  readonly type: string;
  readonly unit: string;
  /** The result in JobRemoved: failed, timeout, dependency, canceled, skipped, ... */
  readonly result: string;
  /** The properties of the unit's type, as of its org.freedesktop.systemd1.Service interface. */
  readonly properties: Properties;
}

/** A sentence in systemd's words: `start of x.service: exit-code: the main process exited with status 203/EXEC`. */
export function failureMessage({ type, unit, result, properties }: FailedJob): string {
  return `${type} of ${unit}: ${reasonOf(result, properties)}`;
}

function reasonOf(result: string, properties: Properties): string {
  const known = JOB_RESULTS[result];
  if (known !== undefined) return `${result}: ${known}`;
  const unitResult = variantValue(properties["Result"]);
  if (typeof unitResult !== "string" || unitResult === "success") return result;
  const explained = processOf(properties) ?? UNIT_RESULTS[unitResult];
  return explained === undefined ? unitResult : `${unitResult}: ${explained}`;
}

/** Results of jobs that the unit's own properties do not explain (org.freedesktop.systemd1(5), JobRemoved). */
const JOB_RESULTS: Readonly<Record<string, string>> = {
  canceled: "another job took its place",
  collected: "nothing needed the unit any more",
  dependency: "a unit that it requires could not be started",
  frozen: "the unit is frozen",
  invalid: "the job does not apply to the unit as it is",
  once: "the unit has been started already and may be started only once",
  skipped: "the job does not apply to the unit as it is",
  unsupported: "systemd cannot run units of this type here, as is usual in a container",
  timeout: "the job ran into its time limit (JobTimeoutSec=)",
};

/** Results of units that need an explanation (systemd.service(5), $SERVICE_RESULT). */
const UNIT_RESULTS: Readonly<Record<string, string>> = {
  "exec-condition": "a command of ExecCondition= did not succeed",
  "oom-kill": "the kernel killed a process because memory ran out",
  protocol: "the service did not behave as its Type= demands",
  resources: "systemd could not provide what the unit needs, such as a process, a directory or a user",
  "start-limit-hit": "it was started too often in too short a time (StartLimitBurst=)",
  timeout: "it took longer than its time limit (TimeoutStartSec=, TimeoutStopSec=)",
  watchdog: "it did not report to systemd within WatchdogSec=",
};

/** The first process of the unit that failed, and how it ended. */
function processOf(properties: Properties): string | undefined {
  for (const option of ["ExecCondition", "ExecStartPre"]) {
    const failed = failedCommand(option, properties);
    if (failed !== undefined) return failed;
  }
  const main = ending(variantValue(properties["ExecMainCode"]), variantValue(properties["ExecMainStatus"]));
  if (main !== undefined) return `the main process ${main}`;
  for (const option of ["ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost"]) {
    const failed = failedCommand(option, properties);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

function failedCommand(option: string, properties: Properties): string | undefined {
  const commands = variantValue(properties[option]);
  if (commands === undefined) return undefined;
  for (const command of asArray(commands)) {
    // Path, arguments, whether a failure is ignored, two pairs of times, PID, code, status.
    const [path, , ignored, , , , , , code, status] = asArray(command);
    const ended = ignored === true ? undefined : ending(code, status);
    if (ended !== undefined) return `${option}=${String(path)} ${ended}`;
  }
  return undefined;
}

/** How a process failed, by waitid(2)'s si_code and si_status; undefined when it succeeded or has not run. */
function ending(code: unknown, status: unknown): string | undefined {
  if (typeof status !== "number") return undefined;
  if (code === CLD_EXITED) return status === 0 ? undefined : `exited with status ${exitStatus(status)}`;
  if (code === CLD_KILLED) return `was killed by signal ${signalName(status)}`;
  if (code === CLD_DUMPED) return `dumped core on signal ${signalName(status)}`;
  return undefined;
}

const CLD_EXITED = 1;
const CLD_KILLED = 2;
const CLD_DUMPED = 3;

function exitStatus(status: number): string {
  const name = EXIT_NAMES[status];
  return name === undefined ? String(status) : `${status}/${name}`;
}

function signalName(signal: number): string {
  const [name] = Object.entries(constants.signals).find(([, number]) => number === signal) ?? [];
  return name === undefined ? String(signal) : `${signal}/${name.replace(/^SIG/, "")}`;
}

/** Names of the exit statuses that systemd itself sets (systemd.exec(5), "Process Exit Codes"). */
const EXIT_NAMES: Readonly<Record<number, string>> = {
  1: "FAILURE",
  2: "INVALIDARGUMENT",
  200: "CHDIR",
  201: "NICE",
  202: "FDS",
  203: "EXEC",
  204: "MEMORY",
  205: "LIMITS",
  206: "OOM_ADJUST",
  207: "SIGNAL_MASK",
  208: "STDIN",
  209: "STDOUT",
  210: "CHROOT",
  211: "IOPRIO",
  212: "TIMERSLACK",
  213: "SECUREBITS",
  214: "SETSCHEDULER",
  215: "CPUAFFINITY",
  216: "GROUP",
  217: "USER",
  218: "CAPABILITIES",
  219: "CGROUP",
  220: "SETSID",
  221: "CONFIRM",
  222: "STDERR",
  224: "PAM",
  225: "NETWORK",
  226: "NAMESPACE",
  227: "NO_NEW_PRIVILEGES",
  228: "SECCOMP",
  229: "SELINUX_CONTEXT",
  230: "PERSONALITY",
  231: "APPARMOR_PROFILE",
  232: "ADDRESS_FAMILIES",
  233: "RUNTIME_DIRECTORY",
  235: "CHOWN",
  236: "SMACK_PROCESS_LABEL",
  237: "KEYRING",
  238: "STATE_DIRECTORY",
  239: "CACHE_DIRECTORY",
  240: "LOGS_DIRECTORY",
  241: "CONFIGURATION_DIRECTORY",
  242: "NUMA_POLICY",
  243: "CREDENTIALS",
};
