import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreRefusedError } from "../port/store-error.ts";
import { etcdAddresses, isEtcdEndpoint } from "./etcd-address.ts";

test("endpoints as people write them become addresses of gRPC", () => {
  const rows: readonly [string, boolean, string][] = [
    ["http://10.0.0.1:2379", false, "http://10.0.0.1:2379"],
    ["http://etcd.example:2379/", false, "http://etcd.example:2379"],
    [" https://etcd.example:2379", false, "https://etcd.example:2379"],
    ["etcd.example:2379", false, "http://etcd.example:2379"],
    ["etcd.example:2379", true, "https://etcd.example:2379"],
    ["http://etcd.example", false, "http://etcd.example:80"],
    ["http://[::1]:2379", false, "http://[::1]:2379"],
    ["unix:///run/etcd.sock", false, "unix:/run/etcd.sock"],
  ];
  for (const [written, tls, address] of rows) {
    assert.deepEqual(etcdAddresses([written], tls), [address]);
    assert.ok(isEtcdEndpoint(written));
  }
});

test("an error names the invalid endpoint", () => {
  for (const written of ["", "ftp://a:1", "http://a:99999", "http://a:2379/v2", "unix://"]) {
    assert.throws(
      () => etcdAddresses([written], false),
      (error: Error) => error instanceof StoreRefusedError && error.message.includes(JSON.stringify(written)),
      written,
    );
    assert.ok(!isEtcdEndpoint(written));
  }
  assert.throws(() => etcdAddresses([], false), StoreRefusedError);
});
