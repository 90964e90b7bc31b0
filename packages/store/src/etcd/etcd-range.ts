import type { IRangeRequest, IRangeResponse } from "etcd3";
import type { RangePage, RangeRequest } from "../port/index.ts";
import { StoreUnavailableError } from "../port/store-error.ts";
import type { Rpc } from "./etcd-endpoint.ts";
import { entryOf } from "./etcd-entry.ts";
import type { EtcdKeys } from "./etcd-keys.ts";

const DEFAULT_LIMIT = 1_000;

/**
 * Reads a page. etcd counts the keys from the start of the page on. For a later page, the same read-only transaction
 * therefore counts the whole prefix, for which etcd walks its index.
 */
export function readPage(request: RangeRequest, keys: EtcdKeys): Rpc<RangePage> {
  const page = pageRequest(request, keys);
  if (request.after === undefined || request.exact === true) {
    return async (etcd, call) => pageOf(await etcd.kv.range(page, call), request, keys);
  }
  const count = { ...keys.range(request.prefix), ...revisionOf(request), count_only: true };
  return async (etcd, call) => {
    const success = [{ request_range: page }, { request_range: count }];
    const { header, responses } = await etcd.kv.txn({ success }, call);
    const [read, counted] = responses.map(({ response_range }) => response_range);
    if (read === undefined || counted === undefined) {
      throw new StoreUnavailableError(`etcd answered a transaction of two reads with ${responses.length} responses`);
    }
    return { ...pageOf({ ...read, header }, request, keys), count: Number(counted.count) };
  };
}

function pageRequest(request: RangeRequest, keys: EtcdKeys): IRangeRequest {
  const { prefix, exact = false, after, limit = DEFAULT_LIMIT, changedSince } = request;
  return {
    ...(exact ? { key: keys.encode(prefix) } : keys.range(prefix, after)),
    limit,
    ...revisionOf(request),
    ...(changedSince === undefined ? {} : { min_mod_revision: changedSince + 1 }),
  };
}

function revisionOf({ revision }: RangeRequest): Pick<IRangeRequest, "revision"> {
  return revision === undefined ? {} : { revision };
}

function pageOf({ header, kvs, more, count }: IRangeResponse, { revision }: RangeRequest, keys: EtcdKeys): RangePage {
  return {
    entries: kvs.map((kv) => entryOf(kv, keys)),
    more,
    count: Number(count),
    revision: revision ?? Number(header.revision),
  };
}
