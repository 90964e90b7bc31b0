/** The test files that take longest, longest first. An entry that is out of date costs time and nothing else. */
const LONGEST: readonly string[] = [
  "test/functional/abuse.test.ts",
  "packages/fleetctl/src/completion/completion.test.ts",
  "packages/store/src/etcd/etcd-faults.test.ts",
  "packages/store/src/etcd/etcd-cluster.test.ts",
  "packages/store/src/etcd/etcd-store.test.ts",
  "packages/schedule/src/decide.property.test.ts",
];

/** The same files: the longest ones first, the others by name. */
export function longestFirst(files: readonly string[]): string[] {
  const listed = LONGEST.filter((file) => files.includes(file));
  return [...listed, ...files.filter((file) => !listed.includes(file)).toSorted()];
}
