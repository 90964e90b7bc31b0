/** The slowest test files, slowest first. An outdated entry only costs time. */
export const LONGEST: readonly string[] = [
  "test/functional/abuse.test.ts",
  "test/functional/store-migrate.test.ts",
  "test/functional/server-joining.test.ts",
  "test/functional/daemon-ends.test.ts",
  "test/functional/exclusive.test.ts",
  "test/functional/fleetctl-units.test.ts",
  "test/functional/servers-lost.test.ts",
  "test/functional/machine-loss.test.ts",
  "test/functional/failing-units.test.ts",
  "test/functional/store-trouble.test.ts",
  "test/functional/triggers.test.ts",
  "test/functional/scheduling.test.ts",
  "test/functional/machine-port.test.ts",
  "test/functional/fleetctl-lifecycle.test.ts",
  "test/functional/agents.test.ts",
  "test/functional/systemd-dbus.test.ts",
  "test/functional/ssh.test.ts",
  "test/functional/files-on-the-host.test.ts",
  "test/functional/etcd-outage.test.ts",
  "test/functional/journal-readers.test.ts",
  "test/functional/api-v1.test.ts",
  "test/functional/etcd-members.test.ts",
  "test/functional/mass-loss.test.ts",
  "test/functional/unit-actions.test.ts",
  "test/functional/exclusive-names.test.ts",
  "test/functional/connectivity-loss.test.ts",
  "test/functional/moving-over.test.ts",
  "test/functional/store-backup.test.ts",
  "test/functional/leaving.test.ts",
  "packages/store/src/remote/remote-store.test.ts",
  "packages/store/src/etcd/etcd-store.test.ts",
  "packages/store/src/etcd/etcd-faults.test.ts",
  "packages/store/src/remote/failover.test.ts",
  "packages/store/src/sharing/shared-watches.test.ts",
  "packages/link/src/link.test.ts",
  "packages/link/src/server/sessions.test.ts",
  "packages/store/src/etcd/etcd-cluster.test.ts",
  "packages/link/src/link-faults.test.ts",
  "packages/fleetctl/src/completion/completion.test.ts",
  "packages/schedule/src/decide.property.test.ts",
];

/** Returns the files in the order in which to start them: the slowest first, the others by name. */
export function longestFirst(files: readonly string[]): string[] {
  const listed = LONGEST.filter((file) => files.includes(file));
  return [...listed, ...files.filter((file) => !listed.includes(file)).toSorted()];
}
