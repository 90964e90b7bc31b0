import { asArray, type Properties, variantValue } from "../session/decode.ts";

/**
 * Returns why systemd skipped the start of a unit, such as `skipped: its condition ConditionPathExists=/data is not
 * met` (systemd.unit(5), "Conditions and Asserts"). When systemd has loaded the unit again since, it does not know
 * which of several conditions was not met.
 * @param properties of the unit's org.freedesktop.systemd1.Unit interface.
 */
export function skipMessage(properties: Properties): string {
  // Type, whether one of several suffices ("|"), whether it is negated, parameter, and a negative result if not met.
  const all = asArray(variantValue(properties["Conditions"]) ?? []).map((condition) => {
    const [type, isTrigger, isNegated, parameter, result] = asArray(condition);
    const text = `${String(type)}=${isTrigger === true ? "|" : ""}${isNegated === true ? "!" : ""}${String(parameter)}`;
    return { text, isUnmet: typeof result === "number" && result < 0 };
  });
  const unmet = all.filter(({ isUnmet }) => isUnmet);
  const [first, ...others] = (unmet.length > 0 ? unmet : all).map(({ text }) => text);
  if (first === undefined) return "skipped: a condition of the unit is not met";
  if (others.length === 0) return `skipped: its condition ${first} is not met`;
  const which = unmet.length > 0 ? "its conditions are" : "one of its conditions is";
  return `skipped: ${which} not met: ${[first, ...others].join(", ")}`;
}
