import { compareValues, isComparable } from "./compare-values.ts";
import type { MetadataExpression, ValueComparison } from "./expression.ts";

/**
 * Whether a machine with these values of the expression's key meets the expression. A machine without the key meets
 * `not in` and `not exists` only. With several values, one is enough for `in` and a comparison, and none may match for
 * `not in`.
 */
export function meetsExpression({ operator, values }: MetadataExpression, own: readonly string[]): boolean {
  switch (operator) {
    case "in":
      return own.some((value) => values.includes(value));
    case "not in":
      return !own.some((value) => values.includes(value));
    case "exists":
      return own.length > 0;
    case "not exists":
      return own.length === 0;
    default:
      return own.some((value) => isComparable(value) && compares(operator, compareValues(value, values[0] ?? "")));
  }
}

function compares(operator: ValueComparison, order: number): boolean {
  switch (operator) {
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    default:
      return operator satisfies never;
  }
}
