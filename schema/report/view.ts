import { html, type Html, type Locale } from 'clinic-rapport';
import { chart, standingOf } from './chart.ts';
import type { Result, Section } from './content.ts';
import type { Report } from './report.ts';
import { reportTexts, type ReportTexts } from './texts.ts';

/** A report as its patient reads it. */
export const reportView = ({ sections, results }: Report, locale: Locale): Html =>
  html`${sections.map(sectionView)} ${results.length > 0 && resultsView(results, locale)}`;

const sectionView = ({ heading, text }: Section): Html =>
  html`<h2>${heading}</h2>
    ${text.split(/\n\s*\n/).map(paragraph => html`<p>${paragraph}</p>`)}`;

function resultsView(results: readonly Result[], locale: Locale): Html {
  const text = reportTexts[locale];
  return html`<h2>${text.results}</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">${text.name}</th>
          <th scope="col">${text.value}</th>
          <th scope="col">${text.range}</th>
        </tr>
      </thead>
      <tbody>
        ${results.map(result => resultRows(result, text, locale))}
      </tbody>
    </table>`;
}

function resultRows(result: Result, text: ReportTexts, locale: Locale): Html {
  const standing = standingOf(result);
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
  const value = result.finding ?? `${number.format(result.value!)} ${result.unit ?? ''}`.trim();
  const range = rangeOf(result, number);
  const words = [result.name, value, standing && text.standing[standing], range && `${text.range} ${range}`];
  const picture = chart(result, words.filter(Boolean).join(', '));
  const earlier = (result.previous ?? []).map(({ on, value: then }) => `${on}: ${number.format(then)}`);
  return html`<tr>
      <th scope="row">${result.name}</th>
      <td>${value} ${standing && html`<br /><span class="${standing}">${text.standing[standing]}</span>`}</td>
      <td>${range}</td>
    </tr>
    ${
      (picture || earlier.length > 0) &&
      html`<tr class="more">
        <td colspan="3">
          ${picture} ${earlier.length > 0 && html`<span class="quiet">${text.earlier}: ${earlier.join(' · ')}</span>`}
        </td>
      </tr>`
    }`;
}

function rangeOf({ low, high, unit }: Result, number: Intl.NumberFormat): string {
  if (low == null && high == null) return '';
  const [from, to] = [low, high].map(bound => (bound == null ? undefined : number.format(bound)));
  const range = from === undefined ? `≤ ${to}` : to === undefined ? `≥ ${from}` : `${from}–${to}`;
  return unit ? `${range} ${unit}` : range;
}

export const reportStyle = `
h2 { font-size: 1.15rem; margin: 1.75rem 0 0.5rem; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.5rem 0.5rem 0; overflow-wrap: anywhere; }
thead th { color: #56616d; font-weight: 400; font-size: 0.9rem; }
tbody tr:not(.more) { border-top: 1px solid #dfe4e9; }
.more td { padding-top: 0; }
.within { color: #0b6b5f; font-size: 0.9rem; }
.low, .high { color: #a3261b; font-size: 0.9rem; font-weight: 600; }
form { display: inline-block; margin: 0.5rem 0.75rem 0.5rem 0; }
`;
