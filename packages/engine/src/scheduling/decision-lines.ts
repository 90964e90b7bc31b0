import type { Decision } from "@flotilla/schedule";
import type { LogLine } from "../controller/controller.ts";

/** Returns the log line about a written change of assignments. */
export function lineOfChange(decision: Decision): LogLine {
  const { unit, sentence: reason } = decision;
  switch (decision.kind) {
    case "place":
      return { level: "info", message: "unit placed", fields: { unit, machine: decision.to, reason } };
    case "move":
      return {
        level: "info",
        message: "unit moved",
        fields: { unit, from: decision.from, machine: decision.to, reason },
      };
    case "unplace":
      return { level: "info", message: "unit taken off a machine", fields: { unit, machine: decision.from, reason } };
    case "update":
      return { level: "debug", message: "unit updated", fields: { unit, machine: decision.on, reason } };
    case "end-copy":
      return { level: "debug", message: "copy of a unit given up", fields: { unit, machine: decision.on, reason } };
    case "note":
      return {
        level: "warn",
        message: "a unit keeps failing where it is",
        fields: { unit, machine: decision.on, reason },
      };
    case "forget":
      return { level: "debug", message: "failed attempts of a unit forgotten", fields: { unit, reason } };
    case "unplaceable":
      return { level: "warn", message: "a unit cannot be placed", fields: { unit, reason } };
    default:
      return decision satisfies never;
  }
}
