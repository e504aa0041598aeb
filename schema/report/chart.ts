import { html, type Html } from 'clinic-rapport';
import type { Result } from './content.ts';

const width = 300;
const height = 44;
const middle = 20;

/** Below, within or above the reference range; undefined where there is no range, or no value. */
export function standingOf({ value, low, high }: Result): 'low' | 'within' | 'high' | undefined {
  if (value == null || (low == null && high == null)) return undefined;
  if (low != null && value < low) return 'low';
  return high != null && value > high ? 'high' : 'within';
}

/** The reference range as a bar, the value as a mark on it, earlier values as small ones. A picture needs `label` in words. */
export function chart(result: Result, label: string): Html | undefined {
  const { value, low, high, previous } = result;
  if (!standingOf(result)) return undefined;
  const values = [value!, low, high, ...(previous ?? []).map(({ value: then }) => then)].filter(known => known != null);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = (most - least || Math.abs(most) || 1) * 0.15;
  const x = (known: number): number =>
    Math.round(((known - least + margin) / (most - least + 2 * margin)) * width * 10) / 10;
  const [from, to] = [low == null ? 0 : x(low), high == null ? width : x(high)];
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" width="100%" height="${height}">
    <line x1="0" x2="${width}" y1="${middle}" y2="${middle}" stroke="#c3cbd3" stroke-width="2" />
    <rect x="${from}" y="${middle - 7}" width="${to - from}" height="14" rx="3" fill="#b9ddd7" />
    ${(previous ?? []).map(({ value: then }) => html`<circle cx="${x(then)}" cy="${middle}" r="3" fill="#7b8a98" />`)}
    <circle cx="${x(value!)}" cy="${middle}" r="7" fill="${standingOf(result) === 'within' ? '#0b6b5f' : '#a3261b'}" />
    ${low != null && tick(from, low)} ${high != null && tick(to, high)}
  </svg>`;
}

const tick = (at: number, value: number): Html =>
  html`<text
    x="${Math.min(Math.max(at, 12), width - 12)}"
    y="${height - 2}"
    font-size="12"
    fill="#56616d"
    text-anchor="middle"
    >${value}</text
  >`;
