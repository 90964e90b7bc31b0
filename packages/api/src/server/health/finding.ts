import type { HealthFinding } from "../../contract/v2/health.ts";

export function finding(
  level: HealthFinding["level"],
  about: HealthFinding["about"],
  subject: string,
  message: string,
): HealthFinding {
  return { level, about, subject, message };
}
