/**
 * The values of ARIA's flags. They are words: a boolean would be left out of the markup, and a state that is left out is
 * not the same as one that is false.
 *
 * @module
 */

/** A flag as ARIA writes it. */
export function flag(isOn: boolean): "true" | "false" {
  return isOn ? "true" : "false";
}
