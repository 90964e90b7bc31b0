import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/** What etcd3 1.1.2 says where it reads its .proto files, which a bundle does not have beside it. */
const LOADER = 'require("@grpc/proto-loader")';
const LOADING = "(0, proto_loader_1.loadSync)(`${__dirname}/../proto/rpc.proto`,";
const LOADED = 'require("etcd3:services").servicesOf(require("etcd3:protobufjs"), require("etcd3:protocol"),';

/**
 * Puts etcd's protocol into the bundle as JSON, parsed once when building, and makes its services of it without
 * gRPC's loader: one file to ship, no parsing of .proto files at each start, and no reflection.
 */
export const etcdProtoPlugin: Plugin = {
  name: "etcd-proto",
  setup(build) {
    let protocol = "";
    build.onLoad({ filter: /etcd3[/\\]lib[/\\]connection-pool\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes(LOADING) || !source.includes(LOADER))
        throw new Error(`${path} loads its .proto files in a way this plugin does not know`);
      protocol = join(dirname(path), "../proto/rpc.proto");
      return { contents: source.replace(LOADER, "undefined").replace(LOADING, LOADED), loader: "js" };
    });
    build.onResolve({ filter: /^etcd3:services$/ }, () => ({ path: join(import.meta.dirname, "etcd-services.ts") }));
    build.onResolve({ filter: /^etcd3:protobufjs$/ }, () => ({
      path: loaderOf(protocol).resolve("protobufjs/light.js"),
    }));
    build.onResolve({ filter: /^etcd3:protocol$/ }, ({ path }) => ({ path, namespace: "etcd-proto" }));
    build.onLoad({ filter: /.*/, namespace: "etcd-proto" }, () => ({ contents: asJson(protocol), loader: "json" }));
  },
};

interface Protobuf {
  readonly Root: new () => { loadSync(path: string, options: object): { resolveAll(): { toJSON(): object } } };
}

function asJson(protocol: string): string {
  const { Root } = loaderOf(protocol)("protobufjs") as Protobuf;
  return JSON.stringify(new Root().loadSync(protocol, { keepCase: true }).resolveAll().toJSON());
}

/** What gRPC's loader requires, as etcd3 itself gets it. */
function loaderOf(protocol: string): NodeJS.Require {
  return createRequire(createRequire(protocol).resolve("@grpc/proto-loader"));
}
