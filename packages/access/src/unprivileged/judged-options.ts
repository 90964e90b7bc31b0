import * as judge from "./judges.ts";
import type { Judge } from "./problem.ts";

/** Options that are harmless with some values only. An option of neither list is refused. */
const BY_SECTION: Readonly<Record<string, Readonly<Record<string, Judge>>>> = {
  Unit: {
    Before: judge.ownUnits,
    BindsTo: judge.startedUnits,
    Conflicts: judge.ownUnits,
    JoinsNamespaceOf: judge.ownUnits,
    OnFailure: judge.ownUnits,
    OnFailureJobMode: judge.oneOf("fail", "replace"),
    OnSuccess: judge.ownUnits,
    OnSuccessJobMode: judge.oneOf("fail", "replace"),
    PropagatesReloadTo: judge.ownUnits,
    PropagatesStopTo: judge.ownUnits,
    Requires: judge.startedUnits,
    Upholds: judge.ownUnits,
    Wants: judge.startedUnits,
  },
  Service: {
    ...Object.fromEntries(
      [
        ...["ExecCondition", "ExecReload", "ExecReloadPost", "ExecStart", "ExecStartPost", "ExecStartPre"],
        ...["ExecStop", "ExecStopPost"],
      ].map((name) => [name, judge.exec]),
    ),
    AmbientCapabilities: judge.nothing,
    CPUSchedulingPolicy: judge.oneOf("other", "batch", "idle"),
    CacheDirectory: judge.ownDirectory,
    DevicePolicy: judge.oneOf("auto", "closed", "strict"),
    DynamicUser: judge.yes,
    EnvironmentFile: judge.environmentFile,
    Group: judge.user,
    IOSchedulingClass: judge.oneOf("best-effort", "idle", "2", "3"),
    KillMode: judge.oneOf("control-group", "mixed", "process"),
    LoadCredential: judge.credential,
    LogsDirectory: judge.ownDirectory,
    Nice: judge.positive,
    OOMScoreAdjust: judge.positive,
    RuntimeDirectory: judge.ownDirectory,
    SendSIGKILL: judge.yes,
    Sockets: judge.ownUnits,
    StandardError: judge.stream,
    StandardInput: judge.stream,
    StandardOutput: judge.stream,
    StateDirectory: judge.ownDirectory,
    User: judge.user,
  },
  Timer: { Unit: judge.ownUnits },
  Path: { Unit: judge.ownUnits },
  Socket: {
    ListenDatagram: judge.port,
    ListenSequentialPacket: judge.port,
    ListenStream: judge.port,
    Service: judge.ownUnits,
  },
  Install: { Also: judge.ownUnits, WantedBy: judge.targets },
};

/** Returns the judge of an option; undefined if there is none. */
export function judgeOf(section: string, name: string): Judge | undefined {
  const judges = Object.hasOwn(BY_SECTION, section) ? BY_SECTION[section] : undefined;
  return judges && Object.hasOwn(judges, name) ? judges[name] : undefined;
}
