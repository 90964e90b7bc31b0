import { X509Certificate } from "node:crypto";

const DAY_MS = 24 * 3_600_000;

/** How far in the past certificates begin, so that a host whose clock is behind accepts them. */
export const CLOCK_SLACK_MS = DAY_MS;

/** The life of a machine's certificate from when it is made. */
export const MACHINE_LIFE_MS = 30 * DAY_MS;

/** How often a daemon checks whether its certificate is due for renewal. */
export const RENEWAL_CHECK_MS = 3_600_000;

/**
 * Whether a certificate has passed two thirds of its life, so that its holder should renew it.
 * @param cert PEM.
 * @param now milliseconds since the epoch.
 */
export function isDue(cert: string, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  const [from, to] = [validFromDate.getTime() + CLOCK_SLACK_MS, validToDate.getTime()];
  return now >= from + (2 / 3) * (to - from);
}

/** Whether a certificate is valid at `now`, milliseconds since the epoch. */
export function isValidAt(cert: string, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  return validFromDate.getTime() <= now && now < validToDate.getTime();
}
