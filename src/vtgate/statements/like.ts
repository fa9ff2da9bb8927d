/** LIKE for names: % and _ in a pattern, without regard to case, in time that grows with text × pattern at most. */

export function isLike(text: string, pattern: string): boolean {
  const t = text.toLowerCase();
  const p = pattern.toLowerCase();
  let at = 0;
  let of = 0;
  let star = -1;
  let resume = 0;
  while (at < t.length) {
    const isEscaped = p[of] === "\\" && of + 1 < p.length;
    const wanted = isEscaped ? p[of + 1] : p[of];
    if (!isEscaped && wanted === "%") {
      star = of++;
      resume = at;
    } else if (of < p.length && (wanted === t[at] || (!isEscaped && wanted === "_"))) {
      at++;
      of += isEscaped ? 2 : 1;
    } else if (star >= 0) {
      of = star + 1;
      at = ++resume;
    } else return false;
  }
  while (p[of] === "%") of++;
  return of >= p.length;
}
