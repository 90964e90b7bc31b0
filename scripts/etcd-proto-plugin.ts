import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/** What etcd3 1.1.2 says where it reads its .proto files, which a bundle does not have beside it. */
const LOADING = "(0, proto_loader_1.loadSync)(`${__dirname}/../proto/rpc.proto`,";
const LOADED = '(0, proto_loader_1.fromJSON)(require("etcd3-proto.json"),';

/**
 * Puts etcd's protocol into the bundle as JSON, parsed once when building: one file to ship, and no
 * parsing of .proto files at each start.
 */
export const etcdProtoPlugin: Plugin = {
  name: "etcd-proto",
  setup(build) {
    let protocol = "";
    build.onLoad({ filter: /etcd3[/\\]lib[/\\]connection-pool\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes(LOADING))
        throw new Error(`${path} loads its .proto files in a way this plugin does not know`);
      protocol = join(dirname(path), "../proto/rpc.proto");
      return { contents: source.replace(LOADING, LOADED), loader: "js" };
    });
    build.onResolve({ filter: /^etcd3-proto\.json$/ }, ({ path }) => ({ path, namespace: "etcd-proto" }));
    build.onLoad({ filter: /.*/, namespace: "etcd-proto" }, () => ({ contents: asJson(protocol), loader: "json" }));
  },
};

interface Protobuf {
  readonly Root: new () => { loadSync(path: string, options: object): { resolveAll(): { toJSON(): object } } };
}

function asJson(protocol: string): string {
  // protobufjs as etcd3 itself gets it, through gRPC's loader.
  const fromEtcd3 = createRequire(protocol);
  const fromLoader = createRequire(createRequire(fromEtcd3.resolve("@grpc/proto-loader")).resolve("protobufjs"));
  const { Root } = fromLoader("protobufjs") as Protobuf;
  return JSON.stringify(new Root().loadSync(protocol, { keepCase: true }).resolveAll().toJSON());
}
