/**
 * The id and the HTTP status of every error of the API. The ids are for programs and never change after a release.
 * docs/reference/errors.md says when each error occurs and what to do.
 */
export const errorStatus = {
  "bad-json": 400,
  "bad-request": 400,
  "bad-query": 400,
  "bad-page-token": 400,
  "bad-unit-name": 400,
  "bad-unit-file": 400,
  "bad-requirements": 400,
  "daemon-unit": 400,
  "template-not-runnable": 400,
  "route-not-found": 404,
  "unit-not-found": 404,
  "unit-unreadable": 404,
  "state-not-found": 404,
  "machine-not-found": 404,
  "method-not-allowed": 405,
  "request-timeout": 408,
  conflict: 409,
  "unit-file-missing": 409,
  "not-placed": 409,
  "ambiguous-machine": 409,
  "machine-is-server": 409,
  "metadata-vouched": 409,
  compacted: 410,
  "body-too-large": 413,
  "unit-file-too-large": 413,
  "settings-too-large": 413,
  "unsupported-media-type": 415,
  "expectation-failed": 417,
  "head-too-large": 431,
  internal: 500,
  "method-unknown": 501,
  "machine-unreachable": 502,
  busy: 503,
  "slow-reader": 503,
  "store-unavailable": 503,
  unavailable: 503,
} as const;

export type ErrorId = keyof typeof errorStatus;
