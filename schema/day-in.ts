/** The day in what someone typed: `2026-06-01`, `2026/6/1`, `20260601`, or by the years that Taiwan counts, `115/6/1`. */
export function dayIn(text: string): string | undefined {
  const digits = text.normalize('NFKC').trim();
  const [, y, m, d] =
    /^(?:民國)?\s*(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(digits) ??
    /^(\d{2,4})(\d{2})(\d{2})$/.exec(digits) ??
    [];
  if (!y || !m || !d) return undefined;
  const year = Number(y) < 200 ? Number(y) + 1911 : Number(y);
  const day = `${String(year).padStart(4, '0')}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`;
  const date = new Date(`${day}T00:00:00Z`);
  if (year < 1850 || year > 2200 || Number.isNaN(date.getTime())) return undefined;
  return date.toISOString().startsWith(day) ? day : undefined;
}
