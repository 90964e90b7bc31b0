/**
 * The options that give a unit no power over its host, whatever their value: systemd.unit(5), systemd.service(5),
 * systemd.exec(5), systemd.resource-control(5), systemd.kill(5), systemd.timer(5), systemd.path(5), systemd.socket(5).
 *
 * The list names what is allowed, because each version of systemd adds options, and an unknown one may open a path of
 * the host as root.
 */

/** Sandboxing only takes rights away, but also from programs with the set-user-ID bit that the unit runs. */
const SANDBOXING = `
  CapabilityBoundingSet ExecPaths InaccessibleDirectories InaccessiblePaths LockPersonality MemoryDenyWriteExecute
  NoExecPaths NoNewPrivileges PrivateBPF PrivateDevices PrivateIPC PrivateMounts PrivateNetwork PrivatePIDs PrivateTmp
  PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs
  ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyDirectories ReadOnlyPaths
  ReadWriteDirectories ReadWritePaths RemoveIPC RestrictAddressFamilies RestrictFileSystems RestrictNamespaces
  RestrictNetworkInterfaces RestrictRealtime RestrictSUIDSGID SystemCallArchitectures SystemCallErrorNumber
  SystemCallFilter SystemCallLog IPAddressAllow IPAddressDeny SocketBindDeny
`;

const PROCESS = `
  CPUAffinity CPUSchedulingResetOnFork Environment ExecSearchPath IgnoreSIGPIPE LimitAS LimitCORE LimitCPU LimitDATA
  LimitFSIZE LimitNOFILE LimitNPROC LimitRSS LimitSTACK SetCredential StandardInputData StandardInputText SyslogFacility
  SyslogIdentifier SyslogLevel SyslogLevelPrefix LogLevelMax LogFilterPatterns TimerSlackNSec UMask UnsetEnvironment
  WorkingDirectory CacheDirectoryMode LogsDirectoryMode RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectoryMode
`;

/** Limits and weights. The unit shares the host as any other unit does; protections at the cost of others are missing. */
const RESOURCES = `
  AllowedCPUs CPUAccounting CPUQuota CPUQuotaPeriodSec CPUShares CPUWeight IOAccounting IOReadBandwidthMax
  IOReadIOPSMax IOWeight IOWriteBandwidthMax IOWriteIOPSMax IPAccounting MemoryAccounting MemoryHigh MemoryLimit
  MemoryMax MemorySwapMax TasksAccounting TasksMax
`;

const SIGNALS = "FinalKillSignal KillSignal ReloadSignal RestartKillSignal SendSIGHUP WatchdogSignal";

const LIFE = `
  BusName ExitType FileDescriptorStoreMax FileDescriptorStorePreserve GuessMainPID NonBlocking NotifyAccess OOMPolicy
  RemainAfterExit Restart RestartForceExitStatus RestartMaxDelaySec RestartMode RestartPreventExitStatus RestartSec
  RestartSteps RuntimeMaxSec RuntimeRandomizedExtraSec StartLimitBurst StartLimitInterval SuccessExitStatus
  TimeoutAbortSec TimeoutSec TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimeoutStopSec Type
  WatchdogSec
`;

/** Dependencies by which other units affect this one, not the reverse. */
const UNIT = `
  After CollectMode Description Documentation JobRunningTimeoutSec JobTimeoutSec
  PartOf RefuseManualStart ReloadPropagatedFrom PropagateReloadFrom Requisite StartLimitBurst
  StartLimitInterval StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded
`;

const TIMER = `
  AccuracySec DeferReactivation FixedRandomDelay OnActiveSec OnBootSec OnCalendar OnClockChange OnStartupSec
  OnTimezoneChange OnUnitActiveSec OnUnitInactiveSec Persistent RandomizedDelaySec RandomizedOffsetSec RemainAfterElapse
`;

const PATH = `
  DirectoryNotEmpty PathChanged PathExists PathExistsGlob PathModified TriggerLimitBurst TriggerLimitIntervalSec
`;

const SOCKET = `
  Accept Backlog BindIPv6Only DeferAcceptSec FileDescriptorName FlushPending KeepAlive KeepAliveIntervalSec
  KeepAliveProbes KeepAliveTimeSec MaxConnections MaxConnectionsPerSource NoDelay PollLimitBurst PollLimitIntervalSec
  ReceiveBuffer SendBuffer TCPCongestion TimeoutSec TriggerLimitBurst TriggerLimitIntervalSec
`;

export const HARMLESS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    Unit: UNIT,
    Service: [SANDBOXING, PROCESS, RESOURCES, SIGNALS, LIFE].join(" "),
    Timer: TIMER,
    Path: PATH,
    Socket: SOCKET,
    Install: "DefaultInstance",
  }).map(([section, names]) => [section, setOf(names)]),
);

export const SANDBOX = setOf(SANDBOXING);

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.trim().split(/\s+/));
}

/** Conditions only keep the unit from starting. */
export const CONDITION = /^(?:Condition|Assert)[A-Z]/;
