/** Operators made of marks: which one stands at a place, its length, and how tightly it binds. Allocates nothing. */
import type { LexicalRules } from "./lexical-rules.ts";
import { type Mark, powers } from "./token.ts";

export interface Operator {
  readonly token: Mark | "invalid";
  readonly length: number;
  readonly power: number;
}

const operator = (token: Operator["token"], length: number, power: number): Operator => ({ token, length, power });

const equal = operator("=", 1, powers.comparison);
const nullSafeEqual = operator("<=>", 3, powers.comparison);
const lessOrEqual = operator("<=", 2, powers.comparison);
const unequal = operator("<>", 2, powers.comparison);
const less = operator("<", 1, powers.comparison);
const greaterOrEqual = operator(">=", 2, powers.comparison);
const greater = operator(">", 1, powers.comparison);
const shiftLeft = operator("<<", 2, powers.shift);
const shiftRight = operator(">>", 2, powers.shift);
const bang = operator("!", 1, 0);
const plus = operator("+", 1, powers.sum);
const minus = operator("-", 1, powers.sum);
const path = operator("->", 2, powers.path);
const unquotedPath = operator("->>", 3, powers.path);
const times = operator("*", 1, powers.product);
const divide = operator("/", 1, powers.product);
const modulo = operator("%", 1, powers.product);
const bitXor = operator("^", 1, powers.bitXor);
const tilde = operator("~", 1, 0);
const bitOr = operator("|", 1, powers.bitOr);
const pipesOr = operator("||", 2, powers.or);
const pipesConcat = operator("||", 2, powers.concat);
const bitAnd = operator("&", 1, powers.bitAnd);
const and = operator("&&", 2, powers.and);
const invalid = operator("invalid", 1, 0);

/** The operator that begins with `code` at `at`; "invalid" when none does. */
export function operatorAt(source: string, at: number, code: number, rules: LexicalRules): Operator {
  const second = source.charCodeAt(at + 1);
  switch (code) {
    case 61:
      return equal;
    case 60:
      if (second === 61) return source.charCodeAt(at + 2) === 62 ? nullSafeEqual : lessOrEqual;
      return second === 62 ? unequal : second === 60 ? shiftLeft : less;
    case 62:
      return second === 61 ? greaterOrEqual : second === 62 ? shiftRight : greater;
    case 33:
      return second === 61 ? unequal : bang;
    case 43:
      return plus;
    case 45:
      if (second !== 62 || rules.mariadb) return minus;
      return source.charCodeAt(at + 2) === 62 ? unquotedPath : path;
    case 42:
      return times;
    case 47:
      return divide;
    case 37:
      return modulo;
    case 94:
      return bitXor;
    case 126:
      return tilde;
    case 124:
      if (second !== 124) return bitOr;
      return rules.pipesAsConcat ? pipesConcat : pipesOr;
    case 38:
      return second === 38 ? and : bitAnd;
    default:
      return invalid;
  }
}
