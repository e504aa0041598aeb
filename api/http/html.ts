/** Markup that is safe to put into a page as it is. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  toString(): string {
    return this.markup;
  }
}

/** Nothing is shown for what is not there, so that a condition can stand in a template: `${phone && html`…`}`. */
export type HtmlPart = Html | string | number | readonly HtmlPart[] | undefined | null | false;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(part: HtmlPart): string {
  if (part === undefined || part === null || part === false) return '';
  if (part instanceof Html) return part.markup;
  return Array.isArray(part) ? part.map(render).join('') : String(part).replace(/[&<>"']/g, sign => entities[sign]!);
}

/** A template whose values are escaped, unless they are markup themselves. An attribute's value needs its quotes. */
export const html = (strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html =>
  new Html(strings.reduce((markup, string, index) => markup + render(parts[index - 1]) + string));
