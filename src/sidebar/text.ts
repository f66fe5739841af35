const mostCodePoints = 200;

/** Most texts have none of it, and to find that out once is quicker. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/**
 * A stranger's text made fit to show: control, bidirectional and zero-width characters are taken
 * out, since they can reorder or hide what stands around them; overlong text is cut.
 * Joiners stay: Persian and emoji need them. It is escaped later, by the template.
 */
export function clean(text: string): string {
  const visible = invisible.test(text)
    ? text
        .replace(/\p{Cc}+/gu, ' ')
        .replace(/(?![\u200c\u200d])[\p{Cf}\p{Cs}]/gu, '')
        .trim()
    : text.trim();
  // Most texts are short: only a long one is worth counting in code points.
  if (visible.length <= mostCodePoints) return visible;
  const points = [...visible];
  return points.length <= mostCodePoints ? visible : `${points.slice(0, mostCodePoints).join('')}…`;
}
