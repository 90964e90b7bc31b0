import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

const ETCD3 = createRequire(join(import.meta.dirname, "../packages/store/package.json")).resolve("etcd3");

/** etcd's protocol file, as shipped with etcd3. */
const PROTOCOL = join(dirname(ETCD3), "../proto/rpc.proto");

/** The loader with which etcd3 parses the protocol. */
const LOADER = "@grpc/proto-loader";

/** Resolves modules as the loader does, to find its version of protobufjs. */
const requireOfLoader = createRequire(createRequire(ETCD3).resolve(LOADER));

/**
 * Replaces the loader in the bundle with scripts/etcd-proto-loader.ts, and parses the protocol at build time into JSON.
 * The bundle needs no .proto files and parses none at start.
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

/** Services that Flotilla does not use. Each message in the bundle costs time at each start. */
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

/** Returns messages that are not the type of any field or method. Types are compared by the last part of their name. */
function unusedIn(root: Namespace, messages: Readonly<Record<string, Namespace>>): string[] {
  const types = new Set(JSON.stringify(root).match(/(?<=[tT]ype":"(?:\w+\.)*)\w+(?=")/g));
  return Object.keys(messages).filter((name) => messages[name]?.methods === undefined && !types.has(name));
}
