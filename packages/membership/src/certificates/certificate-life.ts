import { X509Certificate } from "node:crypto";

const DAY_MS = 24 * 3_600_000;

/** How far in the past certificates begin, so that a host whose clock is behind accepts them. */
export const CLOCK_SLACK_MS = DAY_MS;

/** The life of a machine's certificate from when it is made, unless `certificate_life` says otherwise. */
export const MACHINE_LIFE_MS = 30 * DAY_MS;

/** How often a daemon checks whether its certificate is due for renewal. */
export const RENEWAL_CHECK_MS = 3_600_000;

/** The least number of checks in the life of a certificate, so that a renewal of a short one can fail some times. */
const CHECKS_OF_A_LIFE = 24;

/**
 * The pause between two checks whether a certificate is due, milliseconds.
 * @param cert PEM.
 */
export function checkPauseMs(cert: string): number {
  const { from, to } = lifeOf(cert);
  return Math.min(RENEWAL_CHECK_MS, (to - from) / CHECKS_OF_A_LIFE);
}

/**
 * Whether a certificate has passed two thirds of its life, so that its holder should renew it.
 * @param cert PEM.
 * @param now milliseconds since the epoch.
 */
export function isDue(cert: string, now: number): boolean {
  const { from, to } = lifeOf(cert);
  return now >= from + (2 / 3) * (to - from);
}

/** When a certificate was made, and when it ends. */
function lifeOf(cert: string): { readonly from: number; readonly to: number } {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  return { from: validFromDate.getTime() + CLOCK_SLACK_MS, to: validToDate.getTime() };
}

/** Whether a certificate is valid at `now`, milliseconds since the epoch. */
export function isValidAt(cert: string, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  return validFromDate.getTime() <= now && now < validToDate.getTime();
}
