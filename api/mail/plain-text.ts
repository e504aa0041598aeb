/** The text part of a mail, from its MJML: what texts, tables and buttons say, in their order, with the conditions around them. */
export function plainText(mjml: string): string {
  const body = mjml.slice(Math.max(0, mjml.indexOf('<mj-body')));
  return [...body.matchAll(/<mj-(text|button|table|raw)\b((?:[^>"]|"[^"]*")*)>([\s\S]*?)<\/mj-\1>/g)]
    .map(([, kind, attributes, content]) => {
      const said = spoken(content!);
      const target = kind === 'button' ? /\shref="([^"]*)"/.exec(attributes!)?.[1] : undefined;
      return target ? `${said}:\n${decoded(target)}` : said;
    })
    .join('\n\n');
}

const spoken = (markup: string): string =>
  decoded(
    markup
      .replace(/\s*\n\s*/g, ' ')
      .replace(/<br\s*\/?>|<\/(p|div|li|tr|h\d)>/g, '\n')
      .replace(/<\/t[dh]>\s*<t[dh][^>]*>/g, ': ')
      .replace(/<a\b[^>]*\shref="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g, '$2: $1')
      .replace(/<(?:[^>"]|"[^"]*")+>/g, '')
      .replace(/[ \t]+/g, ' '),
  );

const characters: Readonly<Record<string, string>> = {
  '&nbsp;': ' ',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

const decoded = (markup: string): string =>
  markup.replace(/&(nbsp|lt|gt|quot|#39|amp);/g, entity => characters[entity]!);
