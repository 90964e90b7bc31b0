import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

const ETCD3 = createRequire(join(import.meta.dirname, "../packages/store/package.json")).resolve("etcd3");

/** The protocol of etcd, as etcd3 ships it. */
const PROTOCOL = join(dirname(ETCD3), "../proto/rpc.proto");

/** The loader that etcd3 parses the protocol with. */
const LOADER = "@grpc/proto-loader";

/** protobufjs, as the loader gets it. */
const requireOfLoader = createRequire(createRequire(ETCD3).resolve(LOADER));

/**
 * Replaces the loader in the bundle with scripts/etcd-proto-loader.ts, which takes the protocol from JSON that the
 * build has parsed. The bundle needs no .proto files beside it and does not parse any at start.
 */
export const etcdProtoPlugin: Plugin = {
  name: "etcd-proto",
  setup(build) {
    const path = join(import.meta.dirname, "etcd-proto-loader.ts");
    build.onResolve({ filter: /^@grpc\/proto-loader$/ }, () => ({ path }));
    build.onResolve({ filter: /^etcd:protobufjs$/ }, () => ({ path: requireOfLoader.resolve("protobufjs/light.js") }));
    build.onResolve({ filter: /^etcd:protocol$/ }, () => ({ path: PROTOCOL, namespace: "etcd-protocol" }));
    build.onLoad({ filter: /.*/, namespace: "etcd-protocol" }, () => ({ contents: protocolAsJson(), loader: "json" }));
  },
};

interface Protobuf {
  readonly Root: new () => { loadSync(path: string, options: object): { resolveAll(): { toJSON(): Namespace } } };
}

/** A namespace, message or service in protobufjs's JSON. */
interface Namespace {
  readonly nested?: Record<string, Namespace>;
  readonly methods?: object;
}

/** The services that Flotilla does not use: each message in the bundle costs time at each start. */
const UNUSED_SERVICES = ["Cluster", "Maintenance"];

function protocolAsJson(): string {
  const { Root } = requireOfLoader("protobufjs") as Protobuf;
  const root = new Root().loadSync(PROTOCOL, { keepCase: true }).resolveAll().toJSON();
  const messages = root.nested?.["etcdserverpb"]?.nested ?? {};
  for (const service of UNUSED_SERVICES) delete messages[service];
  for (let found = unusedIn(root, messages); found.length > 0; found = unusedIn(root, messages))
    for (const name of found) delete messages[name];
  return JSON.stringify(root);
}

/** The messages that nothing has as its type, by the whole name or by the last part of it. */
function unusedIn(root: Namespace, messages: Readonly<Record<string, Namespace>>): string[] {
  const types = new Set(JSON.stringify(root).match(/(?<=[tT]ype":"(?:\w+\.)*)\w+(?=")/g));
  return Object.keys(messages).filter((name) => messages[name]?.methods === undefined && !types.has(name));
}
