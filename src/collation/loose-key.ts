/**
 * The key by which the unicode_loose vindexes compare text: primary weights of CLDR 23's root collation, so that case,
 * accents and width do not matter. Two bytes a weight up to 0x7fff, else three with the top bit set.
 *
 * It follows golang.org/x/text/collate (Loose, English), because Vitess hashes what that answers and rows already lie
 * where those hashes put them. Hence what a purist would do otherwise: the text is not normalised first; only marks
 * within a run are put in canonical order, and a run is cut at 30 elements. Trailing spaces are the caller's to trim.
 * Known to differ: a mark that came after Unicode 6.2 and stands between the two parts of a contraction.
 */
import { inflateRawSync } from "node:zlib";
import { looseWeights } from "./generated/loose-weights.ts";
import { codePointsOf, implicitWeight } from "./implicit-weight.ts";

/** An element is class * 2^21 + primary weight. */
const classUnit = 0x200000;
const classOf = (element: number) => Math.floor(element / classUnit);
const weightOf = (element: number) => element % classUnit;

/** A node of the contractions: what may follow, and the elements when the text ends here. */
interface Contraction {
  readonly next: Map<number, Contraction>;
  elements: readonly number[] | undefined;
}

interface Weights {
  readonly elements: ReadonlyMap<number, readonly number[]>;
  readonly contractions: ReadonlyMap<number, Contraction>;
}

let loaded: Weights | undefined; // Read at first use: most clusters have no such vindex.

function readWeights(): Weights {
  const bytes = inflateRawSync(Buffer.from(looseWeights, "base64"));
  let at = 0;
  const number = () => {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
  };
  const list = () => Array.from({ length: number() }, number);
  const elements = new Map<number, readonly number[]>();
  let codePoint = 0;
  for (let left = number(); left > 0; left--) {
    codePoint += number();
    elements.set(codePoint, list());
  }
  const contractions = new Map<number, Contraction>();
  for (let left = number(); left > 0; left--) {
    const codePoints = list();
    let nodes = contractions;
    let node: Contraction | undefined;
    for (const c of codePoints) {
      node = nodes.get(c) ?? { next: new Map(), elements: undefined };
      nodes.set(c, node);
      nodes = node.next;
    }
    if (node !== undefined) node.elements = list();
  }
  return { elements, contractions };
}

/** The key of valid UTF-8 text. */
export function looseKey(text: string): Buffer {
  loaded ??= readWeights();
  const elements = orderedElements(loaded, codePointsOf(text));
  const key = Buffer.allocUnsafe(elements.length * 3);
  let size = 0;
  for (const element of elements) {
    const weight = weightOf(element);
    if (weight === 0) continue;
    if (weight > 0x7fff) key[size++] = (weight >> 16) | 0x80;
    key[size++] = weight >> 8;
    key[size++] = weight;
  }
  return key.subarray(0, size);
}

const runMax = 30;

/** The elements of the text; in each run of marks (class above 0) in order of class. */
function orderedElements(weights: Weights, text: readonly number[]): readonly number[] {
  const out: number[] = [];
  let settled = 0; // Elements before it keep their place.
  let at = 0;
  const append = () => {
    if (at >= text.length) return false;
    at += appendNext(weights, text, at, out);
    return true;
  };
  for (;;) {
    if (settled === out.length && !append()) return out;
    let highest = classOf(out.at(-1) ?? 0);
    if (highest === 0) {
      settled = out.length;
      continue;
    }
    if (classOf(out[settled] ?? 0) === 0) {
      while (settled < out.length && classOf(out[settled] ?? 0) === 0) settled++;
      continue;
    }
    for (;;) {
      const begin = out.length;
      if (!append()) return out;
      const found = classOf(out[begin] ?? 0);
      if (found === 0 || out.length - settled > runMax) {
        settled = begin;
        break;
      }
      if (found < highest) moveBack(out, begin, settled, found);
      else highest = found;
    }
  }
}

/** Moves the elements from `begin` on to before those of a higher class; never before `settled`. */
function moveBack(out: number[], begin: number, settled: number, itsClass: number): void {
  let to = begin - 1;
  while (to > settled && itsClass < classOf(out[to - 1] ?? 0)) to--;
  out.splice(to, 0, ...out.splice(begin));
}

/** Appends the elements of what stands at `at`, and answers how many code points that took. */
function appendNext(weights: Weights, text: readonly number[], at: number, out: number[]): number {
  const codePoint = text[at] ?? 0;
  const contraction = weights.contractions.get(codePoint);
  if (contraction !== undefined) return 1 + appendContracted(weights, contraction, text, at, out);
  out.push(...elementsOf(weights, codePoint));
  return 1;
}

function elementsOf(weights: Weights, codePoint: number): readonly number[] {
  const listed = weights.elements.get(codePoint);
  if (listed !== undefined) return listed;
  if (codePoint >= 0xac00 && codePoint <= 0xd7a3) {
    const jamo = codePointsOf(String.fromCodePoint(codePoint).normalize("NFD"));
    return jamo.flatMap((part) => weights.elements.get(part) ?? []);
  }
  return [implicitWeight(codePoint)];
}

const leadClass = (weights: Weights, codePoint: number) => classOf(elementsOf(weights, codePoint)[0] ?? 0);
/** The class of the last part: Tibetan vowels that decompose into two of which the table has one element. */
const trailClasses: ReadonlyMap<number, number> = new Map([
  [0xf73, 130],
  [0xf75, 132],
  [0xf81, 130],
]);
const trailClass = (weights: Weights, codePoint: number) =>
  trailClasses.get(codePoint) ?? classOf(elementsOf(weights, codePoint).at(-1) ?? 0);

/**
 * The longest contraction that begins at `at`. Marks of a lower class may stand between its parts; their elements come
 * after it. Answers how many code points after the first were taken.
 */
function appendContracted(
  weights: Weights,
  starter: Contraction,
  text: readonly number[],
  at: number,
  out: number[],
): number {
  let node = starter;
  let found: Contraction | undefined;
  let end = at + 1;
  const scan = (from: number, limit: number) => {
    let p = from;
    for (let next = node.next.get(text[p] ?? -1); p < limit && next !== undefined; ) {
      node = next;
      p++;
      if (node.elements !== undefined) {
        found = node;
        end = p;
      }
      next = node.next.get(text[p] ?? -1);
    }
    return p;
  };

  let p = scan(at + 1, text.length);
  const between: number[] = [];
  let betweenSize = 0;
  if (node.next.size > 0 && p < text.length && leadClass(weights, text[p] ?? 0) !== 0) {
    let passed = p;
    let highest = trailClass(weights, text[p] ?? 0);
    p++;
    let limit = p;
    while (limit < text.length && leadClass(weights, text[limit] ?? 0) !== 0) limit++;
    while (p < limit && node.next.size > 0) {
      const lead = leadClass(weights, text[p] ?? 0);
      if (highest >= lead) break;
      highest = trailClass(weights, text[p] ?? 0);
      const to = scan(p, limit);
      if (to === p) {
        p++;
        continue;
      }
      between.push(...text.slice(passed, p));
      if (end === to) betweenSize = between.length;
      passed = to;
      p = to;
    }
  }
  out.push(...(found?.elements ?? elementsOf(weights, text[at] ?? 0)));
  const passedOver = between.slice(0, betweenSize);
  for (let i = 0; i < passedOver.length; ) i += appendNext(weights, passedOver, i, out);
  return end - at - 1;
}
