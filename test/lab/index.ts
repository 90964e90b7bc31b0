export { askDaemon, createApiToken, createJoinToken, requestDaemon } from "./ask-daemon.ts";
export { Cluster, type ClusterOptions, type FleetConfig, type ListedUnit } from "./cluster.ts";
export { CommandError, type CommandOptions, type CommandResult, RunningCommand } from "./command.ts";
export { type Disk } from "./disk.ts";
export { Etcd, type EtcdOptions } from "./etcd.ts";
export { EtcdMember } from "./etcd-member.ts";
export { type Direction, type Host } from "./host.ts";
export { type HostsOptions, Lab, REPOSITORY } from "./lab.ts";
export { waitFor, WaitError, type WaitOptions } from "./wait-for.ts";
