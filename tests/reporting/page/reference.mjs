// Numbers that Python wrote for the test of a module.

import { readFileSync } from "node:fs";
import { env } from "node:process";

/** Read what the module of this test is held against. */
export const reference = JSON.parse(readFileSync(env.DIABOLO_REFERENCE, "utf8"));

/** Say whether numbers are the same to a relative and absolute tolerance. */
export function isClose(one, other, tolerance = 1e-9) {
  return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(other));
}
