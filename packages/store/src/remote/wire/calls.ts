/** The prefix of the paths of all calls. */
export const STORE_PATH = "/store/v1/";

/** The calls of the store; each is a request to `/store/v1/<name>` whose body is JSON. `watch` is answered by lines. */
export const CALLS = [
  ...(["revision", "range", "txn", "watch"] as const),
  ...(["lease/grant", "lease/renew", "lease/revoke", "lease/time"] as const),
] as const;

export type CallName = (typeof CALLS)[number];
